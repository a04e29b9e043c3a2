use shared::error::Error;
use shared::query::{AccessPath, Field, Kind, Operator, Resource};
use shared::repositories::products;

use crate::world::{World, keys};

const ORDERED: &[Operator] = &[Operator::Eq, Operator::Gt, Operator::Lt, Operator::Null];

/// A resource whose sort columns may be NULL.
static NOTES: Resource = Resource {
    table: "notes",
    fields: &[
        Field::new("id", Kind::Text),
        Field::new("rank", Kind::Integer).nullable().filtered(ORDERED).sortable(),
        Field::new("title", Kind::Text).nullable().filtered(&[Operator::Eq]).sortable(),
        Field::new("done", Kind::Truth).filtered(&[Operator::Eq]).sortable(),
        Field::new("at", Kind::Time).sortable(),
    ],
    default_sort: "rank",
    paths: &[
        AccessPath::new("notes_by_rank", &["rank", "id"]),
        AccessPath::new("notes_by_title", &["title", "-rank", "-id"]),
    ],
};

fn notes() -> World {
    let world = World::new();
    world
        .connection
        .execute_batch(
            "CREATE TABLE notes (id TEXT PRIMARY KEY, rank INTEGER, title TEXT, done INTEGER NOT NULL, at INTEGER NOT NULL) STRICT; \
             CREATE INDEX notes_by_rank ON notes (rank, id); \
             CREATE INDEX notes_by_title ON notes (title, rank DESC, id DESC); \
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 97) \
             INSERT INTO notes SELECT printf('n%03d', i), CASE i % 4 WHEN 0 THEN NULL ELSE i % 5 - 2 END, \
               CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE char(960) || (i % 7) END, i % 2, 86400000 * (i % 6) FROM n",
        )
        .unwrap();
    world
}

/// The whole list by the page, and by cursor forwards and backwards.
fn walk(world: &World, resource: &'static Resource, text: &str, limit: usize) -> [Vec<String>; 3] {
    let page = |rest: &str| world.ids(&world.query(resource, &format!("{text}&limit={limit}&{rest}")));
    let mut by_number = Vec::new();
    for number in 1.. {
        let (ids, _) = page(&format!("page={number}"));
        if ids.is_empty() {
            break;
        }
        by_number.extend(ids);
    }
    let (mut forwards, mut ends) = page("");
    let mut last_page = forwards.len();
    while let Some((_, last)) = ends {
        let (ids, next) = page(&format!("after={last}"));
        last_page = if ids.is_empty() { last_page } else { ids.len() };
        forwards.extend(ids);
        ends = next;
    }
    let mut backwards: Vec<String> = by_number[by_number.len() - last_page.min(by_number.len())..].to_vec();
    let (_, mut ends) = page(&format!("page={}", by_number.len().div_ceil(limit).max(1)));
    while let Some((first, _)) = ends {
        let (ids, next) = page(&format!("before={first}"));
        backwards.splice(0..0, ids);
        ends = next;
    }
    [by_number, forwards, backwards]
}

#[test]
fn cursors_lead_through_every_order_as_pages_do_forwards_and_backwards() {
    let world = notes();
    let fields = ["rank", "title", "done", "at"];
    let mut sorts: Vec<String> =
        fields.iter().flat_map(|field| [(*field).to_owned(), format!("-{field}")]).collect();
    let one = sorts.clone();
    for a in &one {
        for b in one.iter().filter(|b| b.trim_start_matches('-') != a.trim_start_matches('-')) {
            sorts.push(format!("{a},{b}"));
        }
    }
    sorts.push("-title,rank,-at,done".to_owned());
    for sort in sorts {
        for filter in [
            "",
            "&rank[gt]=-2",
            "&rank[null]=true",
            "&done=true",
            "&title=",
            "&or[1][rank]=1&or[1][done]=false",
        ] {
            let [by_number, forwards, backwards] = walk(&world, &NOTES, &format!("sort={sort}{filter}"), 7);
            assert_eq!(forwards, by_number, "{sort}{filter}");
            assert_eq!(backwards, by_number, "{sort}{filter}");
            assert!(by_number.len() > 5, "{sort}{filter}");
        }
    }
}

#[test]
fn cursors_lead_through_what_is_walked_as_pages_do() {
    let world = World::with_products(10_100);
    for text in
        ["sort=-price,name&or[1][stock]=1&or[1][category]=rare", "sort=price,-name&status[in]=draft,archived"]
    {
        let text = text.replace("or[1][stock]=1", "or[1][status]=draft");
        let [by_number, forwards, backwards] = walk(&world, &products::RESOURCE, &text, 100);
        assert_eq!(forwards, by_number, "{text}");
        assert_eq!(backwards, by_number, "{text}");
        assert!(by_number.len() > 1_000);
    }
}

#[test]
fn a_cursor_stays_in_its_place_when_its_row_goes() {
    let world = notes();
    let (ids, ends) = world.ids(&world.query(&NOTES, "sort=-title&limit=10"));
    let (_, last) = ends.unwrap();
    let next = world.query(&NOTES, &format!("sort=-title&limit=10&after={last}"));
    let (before, _) = world.ids(&next);
    world.connection.execute("DELETE FROM notes WHERE id = ?1", [ids.last().unwrap()]).unwrap();
    assert_eq!(world.ids(&next).0, before);
}

#[test]
fn a_cursor_is_of_use_for_its_query_only() {
    let world = notes();
    let (_, ends) = world.ids(&world.query(&NOTES, "sort=rank&done=true"));
    let (_, cursor) = ends.unwrap();
    let refused = |text: &str| {
        let query = world.query(&NOTES, text);
        let error = query.plan().err();
        error.is_some_and(|error| match error {
            Error::BadQuery(problems) => {
                problems.iter().all(|problem| ["after", "before"].contains(&problem.field.as_str()))
            }
            _ => false,
        })
    };
    for fine in ["", "&limit=3", "&count=none", "&fields=id"] {
        assert!(!refused(&format!("sort=rank&done=true&after={cursor}{fine}")), "{fine}");
    }
    assert!(!refused(&format!("sort=rank&done=true&before={cursor}")));
    for other in [
        "sort=-rank&done=true",
        "sort=rank",
        "sort=rank&done=false",
        "sort=rank,at&done=true",
        "sort=rank&done=true&rank[gt]=0",
    ] {
        assert!(refused(&format!("{other}&after={cursor}")), "{other}");
    }
    let mut changed = cursor.clone();
    let last = if changed.pop() == Some('A') { 'Q' } else { 'A' };
    changed.push(last);
    for wrong in
        [changed.as_str(), "AAAA", "A", &cursor[..cursor.len() - 4], &cursor[4..], &format!("{cursor}AAAA")]
    {
        assert!(refused(&format!("sort=rank&done=true&after={wrong}")), "{wrong}");
    }
    // Whose rows it is kept within is not for the client to change.
    let kept = world.query(&NOTES, &format!("sort=rank&done=true&after={cursor}"));
    let kept = kept.within([shared::query::Filter::equals(NOTES.field("title").unwrap(), "x")]);
    assert!(kept.plan().is_err());
    let elsewhere = world.query(&NOTES, &format!("sort=rank&done=true&after={cursor}"));
    let elsewhere = elsewhere.signed_by(keys("k:HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
    assert!(elsewhere.plan().is_err(), "of another service");
}
