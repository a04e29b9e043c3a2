//! The grammar of e-mail addresses.

/// The most characters of an address: what SMTP can carry (RFC 5321).
pub(super) const MAX_LENGTH: usize = 254;

/// The grammar of the HTML standard's e-mail input (WHATWG, "valid e-mail address"), at most 254 characters as
/// SMTP can carry (RFC 5321): no quotes, no comments, no internationalised parts.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let atom = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= MAX_LENGTH && !local.is_empty() && local.chars().all(atom) && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::is_email;

    /// The regular expression that the HTML standard gives for its grammar (section 4.10.5.1.5).
    const STANDARD: &str = r"^[a-zA-Z0-9.!#$%&'*+\/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

    /// Whether the address is one.
    const ADDRESSES: &[(&str, bool)] = &[
        // Ordinary ones.
        ("a@b", true),
        ("a@b.c", true),
        ("person@example.com", true),
        ("first.last@example.com", true),
        ("first.last+tag@sub.example.com", true),
        ("UPPER@EXAMPLE.COM", true),
        ("123@456.789", true),
        ("a@localhost", true),
        ("a@127.0.0.1", true),
        ("a@xn--bcher-kva.example", true),
        ("a@very.deep.domain.of.many.labels.example", true),
        ("a@a-b.c-d", true),
        ("a@a--b.c", true),
        ("a@1.2", true),
        ("o'hara@example.ie", true),
        ("user_name@example.com", true),
        ("user-name@example.com", true),
        ("-@b.c", true),
        ("_@b.c", true),
        ("%@b.c", true),
        ("user%host@example.com", true),
        ("a=b/c?d@e.f", true),
        ("!#$%&'*+/=?^_`{|}~-@x.y", true),
        // RFC 5322 has no dots in these places; the HTML standard does.
        (".a@b.c", true),
        ("a.@b.c", true),
        ("a..b@c.d", true),
        (".@b.c", true),
        // No local part, no domain, no or too many signs.
        ("", false),
        ("@", false),
        ("a", false),
        ("a@", false),
        ("@b", false),
        ("@b.c", false),
        ("a.b.c", false),
        ("a@b@c", false),
        ("a@@b", false),
        ("a@b@", false),
        // White space and control characters.
        (" ", false),
        (" a@b.c", false),
        ("a@b.c ", false),
        ("a b@c.d", false),
        ("a@b c", false),
        ("a@b.c\n", false),
        ("a\n@b.c", false),
        ("a\r\nBcc: x@y.z@b.c", false),
        ("a\t@b.c", false),
        ("a\0@b.c", false),
        ("a@b.c\u{a0}", false),
        ("a\u{200b}@b.c", false),
        // Quotes, comments, lists, literals, names.
        ("\"a\"@b.c", false),
        ("\"a b\"@c.d", false),
        ("a(comment)@b.c", false),
        ("a@b.c(comment)", false),
        ("a,b@c.d", false),
        ("a@b,c", false),
        ("a@b.c,d@e.f", false),
        ("a;b@c.d", false),
        ("a:b@c.d", false),
        ("a\\b@c.d", false),
        ("[a]@b.c", false),
        ("a@[127.0.0.1]", false),
        ("a@[IPv6:::1]", false),
        ("<a@b.c>", false),
        ("A <a@b.c>", false),
        ("mailto:a@b.c", false),
        // Labels of the domain.
        ("a@.", false),
        ("a@.b", false),
        ("a@b.", false),
        ("a@b.c.", false),
        ("a@b..c", false),
        ("a@-b.c", false),
        ("a@b-.c", false),
        ("a@b.-c", false),
        ("a@b.c-", false),
        ("a@-", false),
        ("a@b_c.d", false),
        ("a@b+c.d", false),
        ("a@b/c", false),
        ("a@b:25", false),
        ("a@b!c", false),
        ("a@b.c?subject=d", false),
        // Other scripts.
        ("\u{fc}@b.c", false),
        ("a@\u{fc}.c", false),
        ("e\u{301}@b.c", false),
        ("a@\u{4f8b}.example", false),
        ("\u{ff41}@b.c", false),
        ("a\u{ff20}b.c", false),
        ("\u{1f600}@b.c", false),
    ];

    #[test]
    fn e_mail_addresses_follow_the_html_standard() {
        let standard = Regex::new(STANDARD).unwrap();
        for (address, expected) in ADDRESSES {
            assert_eq!(standard.is_match(address), *expected, "the standard on {address:?}");
            assert_eq!(is_email(address), *expected, "{address:?}");
        }
    }

    #[test]
    fn labels_of_a_domain_have_at_most_63_characters() {
        let standard = Regex::new(STANDARD).unwrap();
        for (length, expected) in [(1, true), (2, true), (62, true), (63, true), (64, false), (200, false)] {
            let long = "b".repeat(length);
            for address in [format!("a@{long}"), format!("a@{long}.c"), format!("a@c.{long}")] {
                assert_eq!(standard.is_match(&address), expected, "{address}");
                assert_eq!(is_email(&address), expected, "{address}");
            }
        }
    }

    #[test]
    fn other_than_in_the_html_standard_an_address_has_at_most_254_characters() {
        let standard = Regex::new(STANDARD).unwrap();
        let address = |length: usize| format!("{}@b.example", "a".repeat(length - "@b.example".len()));
        for (length, expected) in [(253, true), (254, true), (255, false), (10_000, false)] {
            assert!(standard.is_match(&address(length)));
            assert_eq!(is_email(&address(length)), expected, "{length}");
        }
        // The standard does not limit the local part to the 64 characters of RFC 5321 either, and so we do not.
        assert!(is_email(&format!("{}@b.example", "a".repeat(65))));
    }
}
