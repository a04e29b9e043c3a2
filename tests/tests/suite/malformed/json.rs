//! Bodies that are not JSON, and JSON that is hard to read.

use app::Raw;

use super::{Case, Expected, Given, INVALID, LOGIN, MALFORMED_JSON, case};

/// Has every kind of place that a document can break off at.
const WHOLE: &str = r#"{"email":"a\"\u00e9\ud83d\ude00@b","password":[1,-2.5e+3,true,false,null,{"a":[]}]}"#;

const SYNTAX: &[(&str, &str)] = &[
    ("blanks only", " \r\n\t "),
    ("trailing comma in an object", r#"{"email":"a@b.test","password":"x",}"#),
    ("trailing comma in an array", "[1,]"),
    ("leading comma in an object", r#"{,"email":"a"}"#),
    ("lone comma", ","),
    ("missing colon", r#"{"email" "a"}"#),
    ("missing comma", r#"{"email":"a" "password":"x"}"#),
    ("missing key", r#"{:"a"}"#),
    ("missing value", r#"{"email":}"#),
    ("two commas", r#"{"email":"a",,"password":"x"}"#),
    ("two colons", r#"{"email"::"a"}"#),
    ("one bracket too many", r#"{"email":"a"}}"#),
    ("the wrong bracket", r#"{"email":"a"]"#),
    ("brackets the wrong way round", "]["),
    ("block comment", r#"{"email":"a@b.test",/* no */"password":"x"}"#),
    ("line comment", "{\"email\":\"a@b.test\",// no\n\"password\":\"x\"}"),
    ("hash comment", "# no\n{}"),
    ("single quotes", "{'email':'a@b.test','password':'x'}"),
    ("backticks", "{`email`:`a`}"),
    ("keys without quotes", r#"{email:"a@b.test",password:"x"}"#),
    ("number as a key", r#"{1:"a"}"#),
    ("null as a key", r#"{null:"a"}"#),
    ("bare word", "email"),
    ("undefined", r#"{"email":undefined}"#),
    ("capital True", r#"{"email":True}"#),
    ("capital NULL", r#"{"email":NULL}"#),
    ("None", r#"{"email":None}"#),
    ("prefix of true", r#"{"email":tru}"#),
    ("more than true", r#"{"email":truex}"#),
    ("form encoding", "email=a%40b.test&password=x"),
    ("XML", "<?xml version=\"1.0\"?><login/>"),
    ("YAML", "email: a@b.test\npassword: x\n"),
    ("two documents", "{} {}"),
    ("two documents on two lines", "{}\n{}"),
    ("two documents without a gap", r#"{"email":"a"}{"email":"a"}"#),
    ("document and rubbish", "{}x"),
    ("JavaScript guard", ")]}',\n{}"),
    ("no-break space between tokens", "{\u{a0}}"),
    ("line separator between tokens", "{\u{2028}}"),
    ("vertical tab between tokens", "{\u{b}}"),
    ("form feed between tokens", "{\u{c}}"),
    ("zero width space in front", "\u{200b}{}"),
    ("byte order mark", "\u{feff}{}"),
    ("unknown escape", r#"{"email":"\a"}"#),
    ("hexadecimal escape", r#"{"email":"\x41"}"#),
    ("octal escape", r#"{"email":"\101"}"#),
    ("escaped single quote", r#"{"email":"\'"}"#),
    ("escaped line break", "{\"email\":\"\\\n\"}"),
    ("short unicode escape", r#"{"email":"\u12"}"#),
    ("unicode escape that is not hexadecimal", r#"{"email":"\uzzzz"}"#),
    ("unicode escape in braces", r#"{"email":"\u{41}"}"#),
    ("lone high surrogate", r#"{"email":"\ud800"}"#),
    ("lone low surrogate", r#"{"email":"\udc00"}"#),
    ("high surrogate and a letter", r#"{"email":"\ud800\u0041"}"#),
    ("two high surrogates", r#"{"email":"\ud800\ud800"}"#),
    ("surrogates the wrong way round", r#"{"email":"\ude00\ud83d"}"#),
    ("lone surrogate in a key", r#"{"\ud800":1}"#),
];

const BYTES: &[(&str, &[u8])] = &[
    ("UTF-16 little endian with mark", b"\xff\xfe{\0}\0"),
    ("UTF-16 big endian with mark", b"\xfe\xff\0{\0}"),
    ("UTF-16 little endian", b"{\0}\0"),
    ("UTF-16 big endian", b"\0{\0}"),
    ("UTF-32 little endian", b"{\0\0\0}\0\0\0"),
    ("Latin-1 letter", b"{\"email\":\"\xe9\"}"),
    ("overlong NUL", b"{\"email\":\"\xc0\x80\"}"),
    ("overlong slash of two bytes", b"{\"email\":\"\xc0\xaf\"}"),
    ("overlong slash of three bytes", b"{\"email\":\"\xe0\x80\xaf\"}"),
    ("overlong slash of four bytes", b"{\"email\":\"\xf0\x80\x80\xaf\"}"),
    ("continuation byte alone", b"{\"email\":\"\x80\"}"),
    ("sequence cut by a quote", b"{\"email\":\"\xc3\"}"),
    ("sequence cut by the end", b"{\"email\":\"\xf0\x9f\x98"),
    ("surrogate in UTF-8", b"{\"email\":\"\xed\xa0\x80\"}"),
    ("surrogate pair in UTF-8", b"{\"email\":\"\xed\xa0\xbd\xed\xb8\x80\"}"),
    ("beyond Unicode", b"{\"email\":\"\xf4\x90\x80\x80\"}"),
    ("sequence of five bytes", b"{\"email\":\"\xf8\x88\x80\x80\x80\"}"),
    ("byte FE", b"{\"email\":\"\xfe\"}"),
    ("byte FF", b"{\"email\":\"\xff\"}"),
    ("byte FF in a key", b"{\"\xff\":1}"),
    ("byte FF after the document", b"{}\xff"),
    ("NUL alone", b"\0"),
    ("NUL after the document", b"{}\0"),
    ("NUL in front of the document", b"\0{}"),
    ("NUL in a key", b"{\"em\0ail\":1}"),
    ("MessagePack", b"\x82\xa5email\xa1a\xa8password\xa1x"),
    ("CBOR", b"\xa1\x65email\x61a"),
    ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0"),
];

/// JSON as it should be, and not what the route wants.
const ODD_BUT_JSON: &[(&str, &str)] = &[
    ("escaped NUL in the address", r#"{"email":"a\u0000@b.test","password":"x"}"#),
    ("escaped key", r#"{"\u0065mail":"nobody","password":"x"}"#),
    ("delete character", "{\"email\":\"a\u{7f}@b.test\",\"password\":\"x\"}"),
    ("noncharacter", "{\"email\":\"\u{ffff}\",\"password\":\"x\"}"),
    ("byte order mark in a string", "{\"email\":\"\u{feff}\",\"password\":\"x\"}"),
    ("direction override", "{\"email\":\"\u{202e}a@b.test\",\"password\":\"x\"}"),
    ("blanks everywhere", "\r\n { \"email\" : \"nobody\" ,\t\"password\" : \"x\" } \r\n"),
];

const DEPTHS: [usize; 5] = [100, 127, 128, 129, 10_000];

/// Beyond this depth, readers that recurse give up.
const DEEPEST: usize = 127;

/// What is nested deeper is not read at all.
const TOO_DEEP: Expected = MALFORMED_JSON;

pub(super) fn cases(_: &Given) -> Vec<Case> {
    let mut cases: Vec<_> = WHOLE
        .char_indices()
        .map(|(end, _)| login(format!("cut after {end} bytes"), &WHOLE[..end], MALFORMED_JSON))
        .collect();
    cases.extend(SYNTAX.iter().map(|(name, body)| login(*name, body, MALFORMED_JSON)));
    cases.extend(BYTES.iter().map(|(name, body)| login(*name, body, MALFORMED_JSON)));
    cases.extend(ODD_BUT_JSON.iter().map(|(name, body)| login(*name, body, INVALID)));
    for control in (0_u8..0x20).map(char::from) {
        let body = format!("{{\"email\":\"a{control}@b.test\",\"password\":\"x\"}}");
        cases.push(login(format!("raw control character {:02x}", u32::from(control)), &body, MALFORMED_JSON));
    }
    for depth in DEPTHS {
        let arrays = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let objects = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        let inside = |value: &str| format!("{{\"email\":{value},\"password\":\"x\"}}");
        let expected = |depth: usize| if depth > DEEPEST { TOO_DEEP } else { INVALID };
        cases.push(login(format!("{depth} arrays"), &arrays, expected(depth)));
        cases.push(login(format!("{depth} objects"), &objects, expected(depth)));
        cases.push(login(format!("{depth} arrays in a field"), inside(&arrays), expected(depth + 1)));
        cases.push(login(format!("{depth} objects in a field"), inside(&objects), expected(depth + 1)));
        cases.push(login(format!("{depth} arrays without end"), "[".repeat(depth), MALFORMED_JSON));
        cases.push(login(format!("{depth} objects without end"), "{\"a\":".repeat(depth), MALFORMED_JSON));
    }
    cases
}

fn login(name: impl Into<String>, body: impl AsRef<[u8]>, expected: Expected) -> Case {
    case(format!("json: {}", name.into()), Raw::post_json(LOGIN, body), expected)
}
