//! Reads texts as the table says, and gathers what is wrong with them.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::table::{Allowed, Setting, Unset};
use super::{ConfigError, Environment, Problem, SigningKey};
use crate::validation::is_email;

/// Looks up settings by name; an error says why a value could not be read.
pub(super) type Lookup<'a> = dyn Fn(&'static str) -> Result<Option<String>, String> + 'a;

/// A setting cannot be used, and the reader has the problem in its list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reported;

/// Reads one setting after the other and keeps the problems.
pub(super) struct Reader<'a> {
    lookup: &'a Lookup<'a>,
    /// `None` as long as it is unknown, or for good when it is bad: then nothing holds that only one of them asks for.
    pub(super) environment: Option<Environment>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a Lookup<'a>) -> Self {
        Self { lookup, environment: None, problems: Vec::new() }
    }

    /// All problems of the settings that have been read.
    pub(super) fn into_error(self) -> ConfigError {
        let development = self.environment == Some(Environment::Development);
        ConfigError { problems: self.problems, development }
    }

    /// The value of a setting that always has one.
    pub(super) fn required<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Reported> {
        match self.optional(setting, parse)? {
            Some(value) => Ok(value),
            None => Err(self.report(setting, "not set".to_owned())),
        }
    }

    /// The value of a setting that may have none.
    pub(super) fn optional<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Reported> {
        let found = (self.lookup)(setting.name)
            .map_err(|reason| self.report(setting, format!("could not be read: {reason}")))?;
        let text = match found.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
            Some(text) => text,
            None => match self.unset(setting)? {
                Unset::Value(text) => text.to_owned(),
                Unset::Nothing(_) => return Ok(None),
                Unset::Refused => return Err(self.report(setting, "not set".to_owned())),
            },
        };
        let shown =
            || if setting.secret { "a text that is not shown".to_owned() } else { format!("{text:?}") };
        parse(&text).map(Some).ok_or_else(|| self.report(setting, format!("found {}", shown())))
    }

    /// One of the values that stand for the setting's words, in the words' order.
    pub(super) fn choice<T: Copy>(&mut self, setting: &'static Setting, values: &[T]) -> Result<T, Reported> {
        let words = if let Allowed::Words(words) = setting.allowed { words } else { &[] };
        self.required(setting, |text| {
            words.iter().zip(values).find(|(word, _)| **word == text).map(|(_, value)| *value)
        })
    }

    /// A whole number within the setting's range.
    pub(super) fn whole(&mut self, setting: &'static Setting) -> Result<u32, Reported> {
        let range = if let Allowed::Whole(from, to) = setting.allowed { from..=to } else { 0..=u32::MAX };
        self.required(setting, |text| text.parse().ok().filter(|number| range.contains(number)))
    }

    /// What holds when it is not set. With a bad environment nobody knows, and that is the problem in the list.
    fn unset(&self, setting: &Setting) -> Result<Unset, Reported> {
        match self.environment {
            Some(Environment::Development) => Ok(setting.development),
            Some(Environment::Production) => Ok(setting.production),
            None if setting.development == setting.production => Ok(setting.production),
            None => Err(Reported),
        }
    }

    /// Notes that a setting cannot be used as it was found.
    pub(super) fn report(&mut self, setting: &Setting, found: String) -> Reported {
        let rule = if setting.rule.is_empty() { "" } else { "; " };
        let allowed = format!("{}{rule}{}", setting.allowed, setting.rule);
        self.problems.push(Problem { name: setting.name, found, allowed });
        Reported
    }
}

/// An http or https URL without a query; trailing slashes are cut off.
pub(super) fn url(found: &str) -> Option<String> {
    let url = found.trim_end_matches('/');
    let uri: http::Uri = url.parse().ok()?;
    let whole = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|host| !host.is_empty())
        && uri.query().is_none();
    whole.then(|| url.to_owned())
}

/// Origins separated by commas, as browsers write them: in lower case, without the scheme's own port.
pub(super) fn origins(found: &str) -> Option<Vec<String>> {
    let origin = |part: &str| {
        let url = url(part.trim())?.to_ascii_lowercase();
        let bare = url.splitn(4, '/').nth(3).is_none() && !url.contains(['@', '*']);
        let own_port = if url.starts_with("https:") { ":443" } else { ":80" };
        bare.then(|| url.strip_suffix(own_port).unwrap_or(&url).to_owned())
    };
    found.split(',').map(origin).collect()
}

/// A bearer token goes with each request to this address: in clear only to this machine.
pub(super) fn is_local(url: &str) -> bool {
    let uri = url.parse::<http::Uri>();
    uri.is_ok_and(|uri| matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]")))
}

/// An address, or a name with one.
pub(super) fn sender(found: &str) -> Option<String> {
    let address = found.split_once('<').map_or(Some(found), |(_, rest)| rest.strip_suffix('>'));
    (address.is_some_and(is_email) && !found.contains(char::is_control)).then(|| found.to_owned())
}

/// A number from 0 to 1.
pub(super) fn share(found: &str) -> Option<f64> {
    found.parse().ok().filter(|share| (0.0..=1.0).contains(share))
}

/// Keys with their ids, no id twice.
pub(super) fn signing_keys(found: &str) -> Option<Vec<SigningKey>> {
    let keys: Vec<_> = found.split(',').map(|pair| signing_key(pair.trim())).collect::<Option<_>>()?;
    let ids: BTreeSet<_> = keys.iter().map(|key| &key.id).collect();
    (ids.len() == keys.len()).then_some(keys)
}

fn signing_key(pair: &str) -> Option<SigningKey> {
    let (id, key) = pair.split_once(':')?;
    let bytes = URL_SAFE_NO_PAD.decode(key).ok()?;
    let plain = !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (plain && bytes.len() >= 32).then(|| SigningKey { id: id.to_owned(), bytes })
}
