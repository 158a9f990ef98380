//! Members.

use domain::{
    AppId, AppUserId, AppUserName, CustomData, CustomType, Email, EntityState, Member, MemberProfile,
    ProfileImgUrl,
};
use ports::store::{AppBrief, Store, StoreError, Versioned};

use super::Harness;
use super::fixture::{at, new_member, read, tenant, write};

/// A member with a number of its own, not stored yet.
async fn draw(store: &dyn Store, app: AppId, app_user_id: &str) -> Member {
    let mut work = write(store).await;
    let member = new_member(work.as_mut(), app, app_user_id).await;
    work.commit().await.unwrap();
    member
}

async fn found(store: &dyn Store, member: &Member) -> Option<Versioned<Member>> {
    let mut work = read(store).await;
    work.members()
        .find(member.app, &member.app_user_id)
        .await
        .unwrap()
}

async fn insert(store: &dyn Store, member: &Member) -> Result<(), StoreError> {
    let mut work = write(store).await;
    work.members().insert(member).await?;
    work.commit().await
}

async fn update(store: &dyn Store, member: &Versioned<Member>) -> Result<(), StoreError> {
    let mut work = write(store).await;
    work.members().update(member).await?;
    work.commit().await
}

fn full_profile() -> MemberProfile {
    let custom = [("naïve \"k\"", "{\\}"), ("b", "")];
    let custom = custom.map(|(name, value)| (name.to_owned(), value.to_owned()));
    MemberProfile {
        name: Some(AppUserName::new("Владимир 🎥").unwrap()),
        img_url: Some(ProfileImgUrl::new("https://example.com/a.png?b=c").unwrap()),
        email: Some(Email::new("a@example.com").unwrap()),
        custom_type: Some(CustomType::new("").unwrap()),
        custom_data: Some(CustomData::new(custom).unwrap()),
    }
}

/// Every field comes back, there or not, after an insert and after an update in both directions.
pub async fn member_comes_back_as_it_was(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let bare = draw(&*store, app, "user.name_1-2@x").await;
    insert(&*store, &bare).await.unwrap();
    let mut stored = found(&*store, &bare).await.unwrap();
    assert_eq!(stored.value, bare);

    stored.value.profile = full_profile();
    stored.value.last_modified_at = at(99);
    update(&*store, &stored).await.unwrap();
    let mut full = found(&*store, &bare).await.unwrap();
    assert_eq!(full.value, stored.value);
    assert_ne!(full.version, stored.version);

    full.value.profile = MemberProfile {
        custom_data: Some(CustomData::new([]).unwrap()),
        ..MemberProfile::default()
    };
    update(&*store, &full).await.unwrap();
    assert_eq!(found(&*store, &bare).await.unwrap().value, full.value);
}

/// What stands beside a member is its app.
pub async fn view_shows_the_app(harness: impl Harness) {
    let store = harness.store();
    let tenant = tenant(&*store, "tenant").await;
    let mut member = draw(&*store, tenant.app.id, "m").await;
    member.profile = full_profile();
    insert(&*store, &member).await.unwrap();
    let view = read(&*store)
        .await
        .members()
        .view(member.app, &member.app_user_id)
        .await;
    let view = view.unwrap().unwrap();
    assert_eq!(view.member, member);
    let app = AppBrief {
        id: tenant.app.id,
        state: EntityState::Active,
        name: "tenant".to_owned(),
    };
    assert_eq!(view.app, app);
}

/// An app has one member of an `appUserId`; another app may have its own.
pub async fn app_user_id_is_unique_in_its_app(harness: impl Harness) {
    let store = harness.store();
    let one = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let mut work = write(&*store).await;
    let first = new_member(work.as_mut(), one, "m").await;
    let twin = new_member(work.as_mut(), one, "m").await;
    let namesake = new_member(work.as_mut(), other, "m").await;
    let capital = new_member(work.as_mut(), one, "M").await;
    work.commit().await.unwrap();
    insert(&*store, &first).await.unwrap();
    let refused = insert(&*store, &twin).await;
    assert!(
        matches!(refused, Err(StoreError::AlreadyExists { .. })),
        "{refused:?}"
    );
    insert(&*store, &namesake).await.unwrap();
    insert(&*store, &capital).await.unwrap();
    assert_eq!(found(&*store, &first).await.unwrap().value, first);
    assert_eq!(found(&*store, &namesake).await.unwrap().value, namesake);
}

/// A member of another app is not there.
pub async fn member_of_another_app_is_none(harness: impl Harness) {
    let store = harness.store();
    let one = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let member = draw(&*store, one, "m").await;
    insert(&*store, &member).await.unwrap();
    let mut work = read(&*store).await;
    let id = AppUserId::new("m").unwrap();
    assert_eq!(work.members().find(other, &id).await.unwrap(), None);
    assert_eq!(work.members().view(other, &id).await.unwrap(), None);
}

/// A member is found by its number in its own app, as long as it is not deleted.
pub async fn member_is_found_by_its_number(harness: impl Harness) {
    let store = harness.store();
    let one = tenant(&*store, "one").await.app.id;
    let other = tenant(&*store, "other").await.app.id;
    let member = draw(&*store, one, "m").await;
    assert_eq!(
        read(&*store).await.members().get(one, member.id).await.unwrap(),
        None
    );
    insert(&*store, &member).await.unwrap();
    let mut stored = found(&*store, &member).await.unwrap();
    let by_number = read(&*store).await.members().get(one, member.id).await;
    assert_eq!(by_number.unwrap(), Some(stored.clone()));
    assert_eq!(
        read(&*store).await.members().get(other, member.id).await.unwrap(),
        None
    );
    stored.value.state = EntityState::Deleted;
    update(&*store, &stored).await.unwrap();
    assert_eq!(
        read(&*store).await.members().get(one, member.id).await.unwrap(),
        None
    );
}

/// A deleted member is not found, and its `appUserId` is free for a new one.
pub async fn deleted_member_is_none_and_may_register_again(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let first = draw(&*store, app, "m").await;
    insert(&*store, &first).await.unwrap();
    for _ in 0..2 {
        let mut stored = found(&*store, &first).await.unwrap();
        stored.value.state = EntityState::Deleted;
        update(&*store, &stored).await.unwrap();
        assert_eq!(found(&*store, &first).await, None);
        let view = read(&*store).await.members().view(app, &first.app_user_id).await;
        assert_eq!(view.unwrap(), None);

        let mut work = write(&*store).await;
        let again = new_member(work.as_mut(), app, "m").await;
        assert_ne!(again.id, stored.value.id);
        work.members().insert(&again).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(found(&*store, &first).await.unwrap().value, again);
    }
}

/// Of some members those are found that are deleted, and none that never was.
pub async fn of_some_members_the_deleted_ones_are_found(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let mut ids = vec![domain::MemberId::new(i64::MAX)];
    for name in ["m0", "m1", "m2"] {
        let member = draw(&*store, app, name).await;
        insert(&*store, &member).await.unwrap();
        ids.push(member.id);
        if name != "m1" {
            let mut stored = found(&*store, &member).await.unwrap();
            stored.value.state = EntityState::Deleted;
            update(&*store, &stored).await.unwrap();
        }
    }
    let mut work = read(&*store).await;
    let mut deleted = work.members().deleted(&ids).await.unwrap();
    deleted.sort_unstable();
    assert_eq!(deleted, [ids[1], ids[3]]);
    assert_eq!(work.members().deleted(&ids[2..3]).await.unwrap(), []);
    assert_eq!(work.members().deleted(&[]).await.unwrap(), []);
}

/// Who read a member before another changed it is told so, and so is who saves one that is not there.
pub async fn outdated_update_is_stale(harness: impl Harness) {
    let store = harness.store();
    let app = tenant(&*store, "tenant").await.app.id;
    let member = draw(&*store, app, "m").await;
    let unknown = Versioned {
        value: member.clone(),
        version: 1,
    };
    let refused = update(&*store, &unknown).await;
    assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
    insert(&*store, &member).await.unwrap();
    let mut mine = found(&*store, &member).await.unwrap();
    let theirs = mine.clone();
    mine.value.last_modified_at = at(50);
    update(&*store, &mine).await.unwrap();
    let refused = update(&*store, &theirs).await;
    assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
    assert_eq!(found(&*store, &member).await.unwrap().value, mine.value);
}
