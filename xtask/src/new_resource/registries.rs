//! The lines that a resource has outside of its own files: one in each registry.

use anyhow::{Context as _, Result, bail};

use super::names::Names;
use super::templates::fill;

/// Where the lines of a registry stand in its file.
enum List {
    /// The lines that begin with this.
    Lines(&'static str),
    /// Between this line and the next `}`.
    Braces(&'static str),
}

/// Where among them a new line goes.
enum Place {
    /// In alphabetical order.
    Sorted,
    /// After the last.
    Last,
    /// Before this one, or after the last when it is not there.
    Before(&'static str),
}

/// A list of all resources, or of something that each resource has.
struct Registry {
    path: &'static str,
    list: List,
    place: Place,
    /// As it stands there for `sample_items`.
    line: &'static str,
}

const REGISTRIES: [Registry; 13] = [
    registry("shared/src/ids.rs", List::Braces("ids! {"), Place::Last, "    SampleItemId = \"sample item\";"),
    registry(
        "shared/src/auth/capability.rs",
        List::Braces("capabilities! {"),
        Place::Last,
        "    /// Create sample items.\n    CreateSampleItems = \"create_sample_items\";",
    ),
    registry(
        "shared/src/auth/capability.rs",
        List::Braces("capabilities! {"),
        Place::Last,
        "    /// Change sample items.\n    EditSampleItems = \"edit_sample_items\";",
    ),
    registry(
        "shared/src/auth/capability.rs",
        List::Braces("capabilities! {"),
        Place::Last,
        "    /// Delete sample items.\n    DeleteSampleItems = \"delete_sample_items\";",
    ),
    registry(
        "shared/src/cache/policies.rs",
        List::Braces("policies! {"),
        Place::Last,
        "    LIST_SAMPLE_ITEMS = LIST of \"sample_items\" for \"listSampleItems\";\n    \
         GET_SAMPLE_ITEM = ENTITY of \"sample_items\" for \"getSampleItem\";",
    ),
    registry(
        "shared/src/migrations.rs",
        List::Braces("migrations! {"),
        Place::Last,
        "    \"NNNN_sample_items.sql\";",
    ),
    registry("shared/src/models/mod.rs", List::Lines("pub mod "), Place::Sorted, "pub mod sample_item;"),
    registry(
        "shared/src/repositories/mod.rs",
        List::Lines("pub mod "),
        Place::Sorted,
        "pub mod sample_items;",
    ),
    registry("shared/src/services/mod.rs", List::Lines("pub mod "), Place::Sorted, "pub mod sample_items;"),
    registry("edge/src/controllers/mod.rs", List::Lines("pub mod "), Place::Sorted, "pub mod sample_items;"),
    registry(
        "edge/src/routes/mod.rs",
        List::Braces("resources! {"),
        Place::Before("    internal;"),
        "    sample_items;",
    ),
    registry("edge/src/app.rs", List::Braces("services! {"), Place::Sorted, "    sample_items: SampleItems;"),
    registry("tests/tests/suite/main.rs", List::Lines("mod "), Place::Sorted, "mod sample_items;"),
];

const fn registry(path: &'static str, list: List, place: Place, line: &'static str) -> Registry {
    Registry { path, list, place, line }
}

/// A registry's file before and after.
#[derive(Debug)]
pub(super) struct Change {
    /// Where, from the repository's root.
    pub(super) path: &'static str,
    /// What is there now.
    pub(super) before: String,
    /// With the lines of the resource.
    pub(super) after: String,
}

/// What a resource adds to the registries; `read` gives the text of a file.
///
/// # Errors
/// When a file cannot be read, has no such list, or has one of the lines already.
pub(super) fn changes(
    names: &Names,
    number: u32,
    read: impl Fn(&str) -> Result<String>,
) -> Result<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    for registry in &REGISTRIES {
        let line = fill(registry.line, names).replace("NNNN", &format!("{number:04}"));
        if let Some(change) = changes.last_mut().filter(|change| change.path == registry.path) {
            change.after = registry.insert(&change.after, &line)?;
        } else {
            let before = read(registry.path)?;
            let after = registry.insert(&before, &line)?;
            changes.push(Change { path: registry.path, before, after });
        }
    }
    Ok(changes)
}

impl Registry {
    /// The text with the line in its place.
    fn insert(&self, text: &str, line: &str) -> Result<String> {
        let mut lines: Vec<&str> = text.lines().collect();
        let last = line.lines().last().unwrap_or(line);
        if lines.contains(&last) {
            bail!("the name is taken: {} has the line `{}` already", self.path, last.trim());
        }
        let (from, to) = self.list.range(&lines).with_context(|| {
            let (List::Lines(start) | List::Braces(start)) = self.list;
            format!(
                "{} has no list that begins with `{}`: see docs/adding-a-resource.md",
                self.path,
                start.trim()
            )
        })?;
        let at = match self.place {
            Place::Sorted => sorted_position(&lines, from, to, last),
            Place::Before(next) => lines.iter().position(|line| *line == next).unwrap_or(to),
            Place::Last => to,
        };
        lines.splice(at..at, line.lines());
        Ok(lines.join("\n") + "\n")
    }
}

impl List {
    /// The first line of the list, and the one behind its last.
    fn range(&self, lines: &[&str]) -> Option<(usize, usize)> {
        match self {
            Self::Lines(beginning) => {
                let from = lines.iter().position(|line| line.starts_with(beginning))?;
                let last = lines.iter().rposition(|line| line.starts_with(beginning))?;
                Some((from, last + 1))
            }
            Self::Braces(start) => {
                let from = lines.iter().position(|line| line == start)? + 1;
                let length = lines.get(from..)?.iter().position(|line| *line == "}")?;
                Some((from, from + length))
            }
        }
    }
}

/// Before the first line that is greater, and before the attributes of that one.
fn sorted_position(lines: &[&str], from: usize, to: usize, line: &str) -> usize {
    let is_attribute =
        |index: usize| lines.get(index).is_some_and(|line| line.trim_start().starts_with("#["));
    let greater =
        |index: &usize| !is_attribute(*index) && lines.get(*index).is_some_and(|known| *known > line);
    let mut at = (from..to).find(greater).unwrap_or(to);
    while at > from && is_attribute(at - 1) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(list: List, place: Place, text: &str, line: &str) -> Result<String> {
        registry("some/file.rs", list, place, "").insert(text, line)
    }

    const MODULES: &str = "//! Doc.\n\npub mod auth;\npub mod me;\n#[cfg(test)]\npub mod test;\n\nuse x;\n";

    #[test]
    fn a_line_goes_to_its_place() {
        let modules = |line: &str| insert(List::Lines("pub mod "), Place::Sorted, MODULES, line).unwrap();
        assert!(modules("pub mod a;").contains("\n\npub mod a;\npub mod auth;\n"));
        assert!(modules("pub mod jobs;").contains("auth;\npub mod jobs;\npub mod me;\n"));
        assert!(modules("pub mod tags;").contains("me;\npub mod tags;\n#[cfg(test)]\npub mod test;\n"));
        assert!(modules("pub mod widgets;").contains("test;\npub mod widgets;\n\nuse x;\n"));
        let text = "ids {\n    a;\n}\nids! {\n    b;\n    z;\n}\n";
        let braces = |place| insert(List::Braces("ids! {"), place, text, "    c;").unwrap();
        assert!(braces(Place::Last).ends_with("b;\n    z;\n    c;\n}\n"));
        assert!(braces(Place::Sorted).ends_with("b;\n    c;\n    z;\n}\n"));
        assert!(braces(Place::Before("    z;")).ends_with("b;\n    c;\n    z;\n}\n"));
        assert!(braces(Place::Before("    y;")).ends_with("b;\n    z;\n    c;\n}\n"));
    }

    #[test]
    fn a_line_that_is_there_and_a_list_that_is_not_are_refused() {
        let taken = insert(List::Lines("pub mod "), Place::Sorted, MODULES, "pub mod me;").unwrap_err();
        assert_eq!(taken.to_string(), "the name is taken: some/file.rs has the line `pub mod me;` already");
        let missing = insert(List::Braces("ids! {"), Place::Last, MODULES, "    c;").unwrap_err();
        assert!(missing.to_string().starts_with("some/file.rs has no list that begins with `ids! {`"));
    }
}
