//! Lists of members.

use domain::{AppId, AppUserName, EntityState, Member};
use ports::store::{MemberFilter, MemberSort, MemberView, Page, PageRequest, Store};

use super::Harness;
use super::fixture::{at, new_member, read, tenant, write};

const FIRST: PageRequest = PageRequest { page: 0, size: 10 };

/// A member like a new one but for what `change` says.
async fn special(store: &dyn Store, app: AppId, id: &str, change: impl FnOnce(&mut Member)) {
    let mut work = write(store).await;
    let mut member = new_member(work.as_mut(), app, id).await;
    change(&mut member);
    work.members().insert(&member).await.unwrap();
    work.commit().await.unwrap();
}

fn named(name: &str) -> impl FnOnce(&mut Member) {
    let name = AppUserName::new(name).unwrap();
    |member| member.profile.name = Some(name)
}

async fn list(store: &dyn Store, filter: &MemberFilter, page: PageRequest) -> Page<MemberView> {
    read(store).await.members().list(filter, page).await.unwrap()
}

fn ids(page: &Page<MemberView>) -> Vec<&str> {
    let members = page.items.iter();
    members.map(|view| view.member.app_user_id.as_str()).collect()
}

/// A list shows what the view of one member shows, without deleted members and those of other apps.
pub async fn list_shows_the_views_of_the_apps_members(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    special(&*store, app, "here", named("Jo")).await;
    special(&*store, other, "elsewhere", |_| ()).await;
    special(&*store, app, "gone", |member| member.state = EntityState::Deleted).await;
    let page = list(&*store, &MemberFilter::all(app), FIRST).await;
    assert_eq!((ids(&page), page.total), (vec!["here"], 1));
    for item in page.items {
        let view = read(&*store)
            .await
            .members()
            .view(app, &item.member.app_user_id)
            .await;
        assert_eq!(view.unwrap(), Some(item));
    }
}

/// Each filter leaves what it names exactly, and two leave what both do.
pub async fn filters_combine_with_and(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    special(&*store, app, "a", named("Jo")).await;
    special(&*store, app, "b", named("jo")).await;
    special(&*store, app, "c", named("Jo")).await;
    special(&*store, app, "d", |_| ()).await;
    let filter = |id: Option<&str>, name: Option<&str>| MemberFilter {
        app_user_id: id.map(ToOwned::to_owned),
        app_user_name: name.map(ToOwned::to_owned),
        ..MemberFilter::all(app)
    };
    for (filter, expected) in [
        (filter(None, None), vec!["d", "c", "b", "a"]),
        (filter(Some("b"), None), vec!["b"]),
        (filter(Some("B"), None), vec![]),
        (filter(None, Some("Jo")), vec!["c", "a"]),
        (filter(None, Some("")), vec![]),
        (filter(Some("a"), Some("Jo")), vec!["a"]),
        (filter(Some("a"), Some("jo")), vec![]),
    ] {
        let page = list(&*store, &filter, FIRST).await;
        assert_eq!(ids(&page), expected, "{filter:?}");
        assert_eq!(page.total, u64::try_from(expected.len()).unwrap(), "{filter:?}");
    }
}

/// Each order, with rows of equal keys by id in the same direction; ids of apps are compared byte by byte.
pub async fn each_order_is_as_it_is_called(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    for (id, created, modified) in [("b", 5, 9), ("B", 5, 7), ("a-1", 3, 9), ("a.1", 8, 8)] {
        special(&*store, app, id, |member| {
            member.created_at = at(created);
            member.last_modified_at = at(modified);
        })
        .await;
    }
    for (sort, expected) in [
        (MemberSort::CreatedAtAsc, ["a-1", "b", "B", "a.1"]),
        (MemberSort::CreatedAtDesc, ["a.1", "B", "b", "a-1"]),
        (MemberSort::LastModifiedAtAsc, ["B", "a.1", "b", "a-1"]),
        (MemberSort::LastModifiedAtDesc, ["a-1", "b", "a.1", "B"]),
        (MemberSort::AppUserIdAsc, ["B", "a-1", "a.1", "b"]),
        (MemberSort::AppUserIdDesc, ["b", "a.1", "a-1", "B"]),
    ] {
        let filter = MemberFilter {
            sort,
            ..MemberFilter::all(app)
        };
        assert_eq!(ids(&list(&*store, &filter, FIRST).await), expected, "{sort:?}");
    }
}

/// Pages never overlap, each knows the total, and one past the end is empty.
pub async fn pages_follow_each_other_without_overlap(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    for id in ["a", "b", "c"] {
        special(&*store, app, id, |_| ()).await;
    }
    let mut seen = Vec::new();
    for (number, size) in [(0, 2), (1, 2), (2, 2), (2_147_483_647, 1000)] {
        let request = PageRequest { page: number, size };
        let page = list(&*store, &MemberFilter::all(app), request).await;
        assert_eq!(page.total, 3);
        seen.extend(ids(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(seen, ["c", "b", "a"]);
}
