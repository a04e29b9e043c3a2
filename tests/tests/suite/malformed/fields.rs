//! JSON of another shape than a route wants: types, missing, unknown and duplicate fields, broken rules.

use app::Raw;

use super::{Case, Given, INVALID, LOGIN, SIGNUP, case};

/// A route with a body, and each field with a value that is as it should be.
struct Body {
    name: &'static str,
    fields: &'static [(&'static str, &'static str)],
    required: &'static [&'static str],
}

const BODIES: [Body; 3] = [
    Body {
        name: "signup",
        fields: &[("email", r#""a@b.test""#), ("name", r#""N""#), ("password", r#""long enough""#)],
        required: &["email", "name", "password"],
    },
    Body {
        name: "login",
        fields: &[("email", r#""a@b.test""#), ("password", r#""long enough""#)],
        required: &["email", "password"],
    },
    Body {
        name: "product",
        fields: &[
            ("name", r#""N""#),
            ("description", r#""""#),
            ("category", r#""c""#),
            ("price", "1"),
            ("stock", "1"),
            ("status", r#""draft""#),
        ],
        required: &["name", "category", "price"],
    },
];

const ANY_TYPE: &[&str] =
    &["null", "true", "false", "1.5", "[]", "{}", r#"["x"]"#, r#"{"x":1}"#, r#"[["x"]]"#, r#"{"$gt":""}"#];

const NOT_A_STATUS: &[&str] = &[
    r#""""#,
    r#""sold""#,
    r#""Active""#,
    r#""draft ""#,
    "0",
    r#"["draft"]"#,
    r#"{"draft":null}"#,
    r#"{"active":{}}"#,
];

const NOT_A_BODY: &[&str] = &["null", "true", "0", "\"text\"", "[]", "[[]]", "[{}]", "{}"];

const UNKNOWN: &[&str] = &[
    "",
    " ",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "id",
    "ID",
    "version",
    "created_at",
    "role",
    "roles",
    "admin",
    "capabilities",
    "email ",
    " email",
    "Email",
    "NAME",
    "nаme",
    "name[]",
    "name.first",
    "$where",
    "..",
    "\\u0000",
    "\\ud83d\\ude00",
];

const BROKEN_RULES: &[(&str, &str, &str)] = &[
    ("signup", "email", r#""""#),
    ("signup", "email", r#""@""#),
    ("signup", "email", r#""a@""#),
    ("signup", "email", r#""@b.test""#),
    ("signup", "email", r#""a b@c.test""#),
    ("signup", "email", r#""a@b@c.test""#),
    ("signup", "email", r#""a@b..test""#),
    ("signup", "email", r#""a@-b.test""#),
    ("signup", "email", r#""a@b.test\r\nBcc: c@d.test""#),
    ("signup", "email", r#""a@b.test,c@d.test""#),
    ("signup", "email", r#""A <a@b.test>""#),
    ("signup", "email", r#""ä@b.test""#),
    ("signup", "email", r#""a@[127.0.0.1]""#),
    ("signup", "name", r#""""#),
    ("signup", "name", r#""   ""#),
    ("signup", "name", r#""a\nb""#),
    ("signup", "name", r#""a\u0000b""#),
    ("signup", "name", r#""\u001b[31mred""#),
    ("signup", "password", r#""""#),
    ("signup", "password", r#""seven77""#),
    ("login", "email", r#""a""#),
    ("login", "password", r#""""#),
    ("product", "name", r#""""#),
    ("product", "name", r#""\t\n""#),
    ("product", "name", r#""a\u0000b""#),
    ("product", "name", r#""a\u0085b""#),
    ("product", "description", r#""a\u0000b""#),
    ("product", "description", r#""a\u001bb""#),
    ("product", "category", r#""""#),
    ("product", "category", r#""a\nb""#),
    ("product", "price", "-1"),
    ("product", "stock", "-1"),
    ("product", "stock", "2147483648"),
];

const TOO_LONG_TEXTS: &[(&str, &str, usize)] = &[
    ("signup", "email", 255),
    ("signup", "name", 101),
    ("signup", "password", 129),
    ("login", "email", 255),
    ("login", "password", 129),
    ("product", "name", 201),
    ("product", "description", 2001),
    ("product", "category", 51),
];

impl Body {
    fn named(name: &str) -> &'static Self {
        BODIES.iter().find(|body| body.name == name).unwrap()
    }

    /// The document with one field changed.
    fn with(&self, field: &str, value: &str) -> String {
        let value_of =
            |(name, good): &(&str, &str)| format!("\"{name}\":{}", if *name == field { value } else { good });
        format!("{{{}}}", self.fields.iter().map(value_of).collect::<Vec<_>>().join(","))
    }

    fn without(&self, field: &str) -> String {
        let kept = self.fields.iter().filter(|(name, _)| *name != field);
        format!("{{{}}}", kept.map(|(name, good)| format!("\"{name}\":{good}")).collect::<Vec<_>>().join(","))
    }

    /// The document as it should be, with something in front of its end.
    fn followed_by(&self, members: &str) -> String {
        let whole = self.without("");
        format!("{},{members}}}", whole.trim_end_matches('}'))
    }

    fn case(&self, given: &Given, name: &str, body: impl AsRef<[u8]>) -> Case {
        let request = match self.name {
            "signup" => Raw::post_json(SIGNUP, body),
            "login" => Raw::post_json(LOGIN, body),
            _ => given.product(body),
        };
        case(format!("{}: {name}", self.name), request, INVALID)
    }

    fn wrong_types(&self, given: &Given) -> Vec<Case> {
        let types = |field: &str, good: &str| {
            let text = good.starts_with('"');
            let more: &[&str] = match field {
                "status" => NOT_A_STATUS,
                _ if text => &["0", "1"],
                _ => &[r#""1""#, r#""""#, r#""x""#],
            };
            ANY_TYPE.iter().chain(more).copied()
        };
        let fields = self.fields.iter();
        let cases = fields.flat_map(|(field, good)| types(field, good).map(move |value| (*field, value)));
        cases
            .map(|(field, value)| self.case(given, &format!("{field} is {value}"), self.with(field, value)))
            .collect()
    }

    fn other_members(&self, given: &Given) -> Vec<Case> {
        let mut cases = Vec::new();
        for name in UNKNOWN {
            let body = self.followed_by(&format!("\"{name}\":1"));
            cases.push(self.case(given, &format!("unknown field \"{name}\""), body));
        }
        let long = self.followed_by(&format!("\"{}\":1", "x".repeat(10_000)));
        cases.push(self.case(given, "unknown field with a name of 10,000 letters", long));
        let many: Vec<_> = (0..5000).map(|number| format!("\"x{number}\":1")).collect();
        cases.push(self.case(given, "5,000 unknown fields", self.followed_by(&many.join(","))));
        let nested = self.followed_by(r#""x":{"a":1,"a":2}"#);
        cases.push(self.case(given, "duplicate keys in an unknown field", nested));
        for (field, good) in self.fields {
            let body = self.followed_by(&format!("\"{field}\":{good}"));
            cases.push(self.case(given, &format!("{field} twice"), body));
            let (first, rest) = field.split_at(1);
            let escaped = format!("\\u{:04x}{rest}", u32::from(first.as_bytes()[0]));
            let body = self.followed_by(&format!("\"{escaped}\":{good}"));
            cases.push(self.case(given, &format!("{field} twice, once escaped"), body));
        }
        cases
    }

    fn cases(&self, given: &Given) -> Vec<Case> {
        let mut cases = self.wrong_types(given);
        cases.extend(self.other_members(given));
        for field in self.required {
            cases.push(self.case(given, &format!("{field} is missing"), self.without(field)));
        }
        cases.extend(NOT_A_BODY.iter().map(|body| self.case(given, &format!("the body is {body}"), body)));
        let values: Vec<_> = self.fields.iter().map(|(_, good)| *good).collect();
        let in_order = format!("[{}]", values.join(","));
        cases.push(self.case(given, "the body is an array of the values in order", in_order));
        cases
    }
}

pub(super) fn cases(given: &Given) -> Vec<Case> {
    let mut cases: Vec<_> = BODIES.iter().flat_map(|body| body.cases(given)).collect();
    for (body, field, value) in BROKEN_RULES {
        let body = Body::named(body);
        cases.push(body.case(given, &format!("{field} breaks a rule with {value}"), body.with(field, value)));
    }
    for (body, field, length) in TOO_LONG_TEXTS {
        let body = Body::named(body);
        let value = format!("\"{}\"", "é".repeat(*length));
        cases.push(body.case(given, &format!("{field} has {length} characters"), body.with(field, &value)));
    }
    cases
}
