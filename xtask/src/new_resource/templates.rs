//! The files of a resource. The templates are code like any other: they are the files of a resource named
//! `sample_items`, and its name, in whatever form it stands there, becomes the name of the new one.

use super::names::{Names, camel, capitalised};

/// A file to write.
#[derive(Debug)]
pub(super) struct File {
    /// Where, from the repository's root.
    pub(super) path: String,
    /// What.
    pub(super) text: String,
}

/// Where each template goes; `NNNN` is the number of the migration.
const TEMPLATES: [(&str, &str); 7] = [
    ("shared/migrations/NNNN_sample_items.sql", include_str!("../../templates/new_resource/migration.sql")),
    ("shared/src/models/sample_item.rs", include_str!("../../templates/new_resource/model.rs")),
    ("shared/src/repositories/sample_items.rs", include_str!("../../templates/new_resource/repository.rs")),
    ("shared/src/services/sample_items.rs", include_str!("../../templates/new_resource/service.rs")),
    ("edge/src/controllers/sample_items.rs", include_str!("../../templates/new_resource/controller.rs")),
    ("edge/src/routes/sample_items.rs", include_str!("../../templates/new_resource/routes.rs")),
    ("tests/tests/suite/sample_items.rs", include_str!("../../templates/new_resource/tests.rs")),
];

/// The files of a resource, in the order of the layers; its migration has this number.
pub(super) fn files(names: &Names, number: u32) -> Vec<File> {
    let place = |template: &str| {
        let path = template.replace("NNNN", &format!("{number:04}"));
        path.replace("sample_items", &names.many).replace("sample_item", &names.one)
    };
    TEMPLATES.iter().map(|(path, text)| File { path: place(path), text: fill(text, names) }).collect()
}

/// Puts a name in the place of `sample_items`. Of two forms at one place, the longer is meant.
pub(super) fn fill(template: &str, names: &Names) -> String {
    let forms = forms(names);
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    loop {
        let found = forms.iter().filter_map(|(form, name)| Some((rest.find(form)?, form.len(), name)));
        let Some((at, length, name)) = found.min_by_key(|(at, length, _)| (*at, usize::MAX - length)) else {
            filled.push_str(rest);
            return filled;
        };
        let (before, after) = rest.split_at(at);
        filled.push_str(before);
        filled.push_str(name);
        rest = after.get(length..).unwrap_or_default();
    }
}

/// Every form of the name in the templates, and what takes its place.
fn forms(names: &Names) -> Vec<(&'static str, String)> {
    let Names { many, one } = names;
    let (article, spaced) = (names.article(), |name: &str| name.replace('_', " "));
    vec![
        (" a sample item", format!(" {article} {}", spaced(one))),
        (" A sample item", format!(" {} {}", capitalised(article), spaced(one))),
        ("a_sample_item", format!("{article}_{one}")),
        ("sample items", spaced(many)),
        ("Sample items", capitalised(&spaced(many))),
        ("sample item", spaced(one)),
        ("sample-items", many.replace('_', "-")),
        ("SampleItems", camel(many)),
        ("SampleItem", camel(one)),
        ("SAMPLE_ITEMS", many.to_uppercase()),
        ("SAMPLE_ITEM", one.to_uppercase()),
        ("sample_items", many.clone()),
        // In a longer identifier no keyword is in the way.
        ("sample_item_", format!("{one}_")),
        ("sample_item", names.identifier()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(many: &str) -> Names {
        Names::parse(many, None).unwrap()
    }

    #[test]
    fn a_resource_of_the_templates_own_name_is_the_templates() {
        for (file, (_, template)) in files(&names("sample_items"), 7).iter().zip(TEMPLATES) {
            assert_eq!(file.text, template, "{}", file.path);
        }
        assert_eq!(files(&names("sample_items"), 7)[0].path, "shared/migrations/0007_sample_items.sql");
    }

    #[test]
    fn nothing_of_the_templates_name_remains() {
        for File { path, text } in files(&names("order_entries"), 12) {
            let whole = format!("{path}\n{text}").to_lowercase();
            assert!(!whole.contains("sample"), "{path}");
            assert!(!whole.contains(" a order") && !whole.contains("_a_order"), "{path}");
        }
    }

    #[test]
    fn each_form_of_the_name_stays_what_it_was() {
        let template = "// A sample item, a sample item; Sample items, sample items: SampleItem SampleItemView \
            listSampleItems SAMPLE_ITEMS GET_SAMPLE_ITEM /sample-items sample_items_by of_a_sample_item_hold sample_item.id";
        let expected = "// An entry, an entry; Entries, entries: Entry EntryView \
            listEntries ENTRIES GET_ENTRY /entries entries_by of_an_entry_hold entry.id";
        assert_eq!(fill(template, &names("entries")), expected);
        let sets = fill("SampleItem sample-items /// A sample item", &names("sample_item_sets"));
        assert_eq!(sets, "SampleItemSet sample-item-sets /// A sample item set");
        assert_eq!(fill("sample_item::x, the_sample_item_x", &names("types")), "r#type::x, the_type_x");
    }
}
