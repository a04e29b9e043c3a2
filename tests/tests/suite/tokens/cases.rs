//! The attacks: each token is wrong in exactly one way.

use serde_json::{Value, json};

use super::forge::{Forge, KEYS, encode};

/// A name and a token.
pub(super) type Case = (String, String);

/// Ids that a token may stand for, none of which it may.
pub(super) struct Others {
    /// A session that has ended.
    pub(super) ended_session: String,
    /// A session of somebody else.
    pub(super) session_of_another: String,
    /// Somebody else.
    pub(super) another: String,
    /// The refresh token of the genuine session.
    pub(super) refresh_token: String,
}

pub(super) fn all(genuine: &Forge, others: &Others) -> Vec<Case> {
    let families = [
        algorithms(genuine),
        keys(genuine),
        headers(genuine),
        signatures(genuine),
        times(genuine),
        parties(genuine),
        subjects(genuine, others),
        shapes(genuine),
        duplicates(genuine),
    ];
    families.into_iter().flatten().collect()
}

fn case(name: impl Into<String>, token: impl Into<String>) -> Case {
    (name.into(), token.into())
}

fn unsigned(forge: &Forge) -> String {
    format!("{}.", forge.token().rsplit_once('.').unwrap().0)
}

fn algorithms(genuine: &Forge) -> Vec<Case> {
    let alg = |name: &str| genuine.header("alg", json!(name));
    let mut cases = Vec::new();
    for name in ["none", "None", "NONE", "nOnE", "none ", ""] {
        cases.push(case(format!("alg {name:?} without a signature"), unsigned(&alg(name))));
        cases.push(case(format!("alg {name:?} with a right signature"), alg(name).token()));
    }
    for name in ["HS384", "HS512", "RS256", "RS512", "PS256", "ES256", "EdDSA", "hs256", "HS256 ", "HMAC"] {
        cases.push(case(format!("alg {name:?} over HMAC-SHA-256"), alg(name).token()));
    }
    cases.extend([
        case("HS384", alg("HS384").hs384()),
        case("HS512", alg("HS512").hs512()),
        case("HS384 that calls itself HS256", genuine.hs384()),
        case("HS512 that calls itself HS256", genuine.hs512()),
        case("no alg", genuine.header("alg", Value::Null).token()),
        case("alg is a list", genuine.header("alg", json!(["HS256"])).token()),
        case("alg is a number", genuine.header("alg", json!(256)).token()),
        case(
            "alg null",
            genuine.of_texts(r#"{"alg":null,"typ":"JWT","kid":"k1"}"#, &genuine.claims.to_string()),
        ),
    ]);
    cases
}

fn keys(genuine: &Forge) -> Vec<Case> {
    let kid = |id: Value| genuine.header("kid", id);
    let names = [
        "",
        "k3",
        "K1",
        "k1 ",
        "../../../../dev/null",
        "/dev/null",
        "file:///etc/hostname",
        "https://evil.example/key",
        "k1' OR '1'='1",
        "x' UNION SELECT 'key' --",
        "k1\u{0}",
        "k1\n",
        "*",
        "0",
        "development",
    ];
    let mut cases: Vec<_> =
        names.iter().map(|name| case(format!("kid {name:?}"), kid(json!(name)).token())).collect();
    cases.extend([
        case("kid of a file with an empty key", kid(json!("/dev/null")).key([]).token()),
        case("no kid", kid(Value::Null).token()),
        case("kid is a list", kid(json!(["k1"])).token()),
        case("kid is an object", kid(json!({ "k1": true })).token()),
        case("kid is a number", kid(json!(1)).token()),
        case("kid of the other key", kid(json!("k2")).token()),
        case("signed by the other key", genuine.key(KEYS[1].1).token()),
        case("signed by a key of the attacker", genuine.key([0x33; 32]).token()),
        case("signed by the empty key", genuine.key([]).token()),
        case("signed by a key of zeros", genuine.key([0; 32]).token()),
        case("signed by the key's text", genuine.key(encode(KEYS[0].1)).token()),
        case("signed by the key's name", genuine.key("k1").token()),
        case("signed by a well-known secret", genuine.key("secret").token()),
        case("signed by half the key", genuine.key(&KEYS[0].1[..16]).token()),
        case("signed by a longer key", genuine.key([KEYS[0].1, KEYS[0].1].concat()).token()),
    ]);
    cases
}

fn headers(genuine: &Forge) -> Vec<Case> {
    let jwk = json!({ "kty": "oct", "alg": "HS256", "kid": "k1", "k": encode([0x33; 32]) });
    let members = [
        ("jwk", jwk),
        ("jwk", json!("{}")),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
        ("cty", json!("JWT")),
        ("salt", json!("AAAA")),
        ("typ", json!("at+jwt")),
        ("typ", json!("jwt+x")),
        ("typ", json!("JWE")),
        ("typ", json!("")),
        ("typ", json!(["JWT"])),
        ("typ", Value::Null),
    ];
    let by_attacker = genuine.key([0x33; 32]);
    let mut cases = Vec::new();
    for (name, value) in members {
        cases.push(case(format!("{name}: {value}"), genuine.header(name, value.clone()).token()));
        if name.starts_with(['j', 'x']) {
            let forged = by_attacker.header(name, value.clone()).token();
            cases.push(case(format!("{name}: {value}, signed by its key"), forged));
        }
    }
    cases
}

fn signatures(genuine: &Forge) -> Vec<Case> {
    let token = genuine.token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    let other = genuine.claim("sub", json!("019376a1-9c3b-7aaa-8bbb-0123456789ab")).token();
    let of_other = other.rsplit_once('.').unwrap().1;
    let reversed: String = signature.chars().rev().collect();
    let changed = |at: usize| {
        let mut bytes = signature.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let last = signature.as_bytes()[42];
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let index = alphabet.find(char::from(last)).unwrap();
    // The last two bits of the last letter stand for nothing: the same bytes under another name.
    let other_name = format!("{}{}", &signature[..42], &alphabet[index + 1..index + 2]);
    vec![
        case("signature missing", format!("{message}.")),
        case("signature and its dot missing", message),
        case("signature of another token", format!("{message}.{of_other}")),
        case("claims of another token", format!("{header}.{}.{signature}", encode("{}"))),
        case("signature cut by a letter", format!("{message}.{}", &signature[..42])),
        case("signature cut to half", format!("{message}.{}", &signature[..22])),
        case("signature cut to a letter", format!("{message}.{}", &signature[..1])),
        case("signature with a letter more", format!("{token}A")),
        case("signature with four letters more", format!("{token}AAAA")),
        case("signature twice", format!("{token}{signature}")),
        case("signature reversed", format!("{message}.{reversed}")),
        case("signature with another first letter", format!("{message}.{}", changed(0))),
        case("signature with another letter in the middle", format!("{message}.{}", changed(21))),
        case("signature with other unused bits", format!("{message}.{other_name}")),
        case("signature padded", format!("{token}=")),
        case("signature of zeros", format!("{message}.{}", encode([0; 32]))),
        case("signature of nothing but a dot", format!("{message}..")),
        case("header for a signature", format!("{message}.{header}")),
        case("parts in another order", format!("{claims}.{header}.{signature}")),
    ]
}

fn times(genuine: &Forge) -> Vec<Case> {
    const ALL: &[&str] = &["iat", "nbf", "exp"];
    let claim = |name: &str, value: Value| genuine.claim(name, value).token();
    let number = |name: &str, text: &str| {
        let marked = genuine.claim(name, json!("MARK")).claims.to_string();
        genuine.of_texts(&genuine.header.to_string(), &marked.replace("\"MARK\"", text))
    };
    vec![
        case("expired", genuine.moved(ALL, -1000).token()),
        case("expired yesterday", genuine.moved(ALL, -86_400).token()),
        case("expired in 1970", claim("exp", json!(1))),
        case("exp before iat", genuine.moved(&["exp"], -920).token()),
        case("exp missing", claim("exp", Value::Null)),
        case("exp null", number("exp", "null")),
        case("exp is a text", claim("exp", json!("9999999999"))),
        case("exp is a fraction", number("exp", "9999999999.5")),
        case("exp in powers of ten", number("exp", "9e9")),
        case("exp is negative", number("exp", "-1")),
        case("exp beyond 64 bits", number("exp", "99999999999999999999999999")),
        case("exp is the greatest number of 64 bits", number("exp", "18446744073709551615")),
        case("exp is a list", claim("exp", json!([9_999_999_999_i64]))),
        case("valid for a second longer than ours", genuine.moved(&["exp"], 1).token()),
        case("valid for a day", genuine.moved(&["exp"], 86_400).token()),
        case("valid for ever", claim("exp", json!(253_402_300_799_i64))),
        case("iat missing", claim("iat", Value::Null)),
        case("iat is a text", claim("iat", json!("1700000000"))),
        case("iat 0", claim("iat", json!(0))),
        case("made in the future", genuine.moved(ALL, 600).token()),
        case("made in the far future", genuine.moved(ALL, 1_000_000_000).token()),
        case("iat alone in the future", genuine.moved(&["iat"], 600).token()),
        case("not yet valid", genuine.moved(&["nbf"], 600).token()),
        case("not valid before the far future", claim("nbf", json!(253_402_300_799_i64))),
        case("nbf is a text", claim("nbf", json!("soon"))),
    ]
}

fn parties(genuine: &Forge) -> Vec<Case> {
    let issuer = genuine.claims["iss"].as_str().unwrap().to_owned();
    let audience = genuine.claims["aud"].as_str().unwrap().to_owned();
    let issuers = [
        json!("https://evil.example"),
        json!(format!("{issuer}/")),
        json!(issuer.to_ascii_uppercase()),
        json!(format!("{issuer}@evil.example")),
        json!(""),
        json!([issuer]),
        Value::Null,
    ];
    let audiences = [
        json!("another-api"),
        json!(audience.to_ascii_uppercase()),
        json!(format!("{audience},another-api")),
        json!(""),
        json!([audience]),
        json!([audience, "another-api"]),
        json!([]),
        json!({ "aud": audience }),
        json!(true),
        Value::Null,
    ];
    let issuers = issuers.map(|value| case(format!("iss {value}"), genuine.claim("iss", value).token()));
    let audiences = audiences.map(|value| case(format!("aud {value}"), genuine.claim("aud", value).token()));
    issuers.into_iter().chain(audiences).collect()
}

fn subjects(genuine: &Forge, others: &Others) -> Vec<Case> {
    let ids = [
        json!("019376a1-9c3b-7aaa-8bbb-0123456789ab"),
        json!(""),
        json!("*"),
        json!("x' OR '1'='1"),
        json!(1),
        json!(true),
        json!({ "$ne": null }),
        Value::Null,
    ];
    let mut cases = Vec::new();
    for name in ["sub", "sid"] {
        cases.extend(
            ids.iter().map(|id| case(format!("{name} {id}"), genuine.claim(name, id.clone()).token())),
        );
        let own = genuine.claims[name].clone();
        cases.push(case(format!("{name} in a list"), genuine.claim(name, json!([own])).token()));
        let plain = json!(own.as_str().unwrap().replace('-', ""));
        cases.push(case(format!("{name} without hyphens"), genuine.claim(name, plain).token()));
    }
    let swapped = genuine.claim("sub", genuine.claims["sid"].clone());
    let swapped = swapped.claim("sid", genuine.claims["sub"].clone());
    cases.extend([
        case("sub and sid swapped", swapped.token()),
        case("session of another user", genuine.claim("sid", json!(others.session_of_another)).token()),
        case("another user for the session", genuine.claim("sub", json!(others.another)).token()),
        case("a session that has ended", genuine.claim("sid", json!(others.ended_session)).token()),
        case("the refresh token", others.refresh_token.clone()),
        case("a claim that we do not know", genuine.claim("admin", json!(true)).token()),
        case("capabilities in the token", genuine.claim("capabilities", json!(["manage_roles"])).token()),
    ]);
    cases
}

fn shapes(genuine: &Forge) -> Vec<Case> {
    let (header, claims) = (genuine.header.to_string(), genuine.claims.to_string());
    let values = |text: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        Value::Array(value.as_object().unwrap().values().cloned().collect()).to_string()
    };
    let ordered = r#"["HS256","JWT","k1"]"#;
    let texts = |header: &str, claims: &str| genuine.of_texts(header, claims);
    let standard = |text: &str| encode(text).replace('-', "+").replace('_', "/");
    let odd = r#"{"alg":"HS256","typ":"JWT","kid":"k1","x":"???>>>"}"#;
    vec![
        case("no dots", "x"),
        case("one dot", "."),
        case("two dots", ".."),
        case("four parts", format!("{}.x", genuine.token())),
        case("five parts, as if encrypted", format!("{}.x.y", genuine.token())),
        case("oversized", texts(&header, &format!("{claims}{}", " ".repeat(3000)))),
        case("oversized header", texts(&format!("{header}{}", " ".repeat(600)), &claims)),
        case("a megabyte's worth of depth", texts(&header, &"[".repeat(1200))),
        case("header is a list", texts(ordered, &claims)),
        case("claims are a list", texts(&header, &values(&claims))),
        case("claims in a list", texts(&header, &format!("[{claims}]"))),
        case("header in a list", texts(&format!("[{header}]"), &claims)),
        case("header is a text", texts("\"HS256\"", &claims)),
        case("header is null", texts("null", &claims)),
        case("claims are null", texts(&header, "null")),
        case("claims are a number", texts(&header, "1")),
        case("claims are empty", texts(&header, "{}")),
        case("claims are nothing", texts(&header, "")),
        case("header is nothing", texts("", &claims)),
        case("claims break off", texts(&header, &claims[..claims.len() - 1])),
        case("claims and more", texts(&header, &format!("{claims}{{}}"))),
        case("header and more", texts(&format!("{header}x"), &claims)),
        case("claims with a comma too many", texts(&header, &claims.replace('}', ",}"))),
        case("claims in single quotes", texts(&header, &claims.replace('"', "'"))),
        case("a byte order mark", texts(&format!("\u{feff}{header}"), &claims)),
        case("bytes that are no UTF-8", genuine.of_parts(&encode(&header), &encode(b"{\"sub\":\"\xff\"}"))),
        case("header padded", genuine.of_parts(&format!("{}==", encode(&header)), &encode(&claims))),
        case("claims padded", genuine.of_parts(&encode(&header), &format!("{}=", encode(&claims)))),
        case("the other alphabet of base64", genuine.of_parts(&standard(odd), &encode(&claims))),
        case("header that is no base64", genuine.of_parts("{}", &encode(&claims))),
        case("claims that are no base64", genuine.of_parts(&encode(&header), "%7B%7D")),
        case("claims in base64 twice", texts(&header, &encode(&claims))),
    ]
}

fn duplicates(genuine: &Forge) -> Vec<Case> {
    let (header, claims) = (genuine.header.to_string(), genuine.claims.to_string());
    let mut cases = Vec::new();
    for name in ["alg", "typ", "kid"] {
        let again = format!("{{\"{name}\":{},{}", genuine.header[name], &header[1..]);
        cases.push(case(format!("{name} twice"), genuine.of_texts(&again, &claims)));
    }
    for name in ["sub", "sid", "iss", "aud", "exp", "iat", "nbf"] {
        let again = format!("{{\"{name}\":{},{}", genuine.claims[name], &claims[1..]);
        cases.push(case(format!("{name} twice"), genuine.of_texts(&header, &again)));
    }
    let other = format!("{{\"alg\":\"none\",{}", &header[1..]);
    let escaped = format!("{{\"\\u0073ub\":\"019376a1-9c3b-7aaa-8bbb-0123456789ab\",{}", &claims[1..]);
    cases.push(case("alg none, then ours", genuine.of_texts(&other, &claims)));
    cases.push(case("sub of another, escaped, then ours", genuine.of_texts(&header, &escaped)));
    cases
}
