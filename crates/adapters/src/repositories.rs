//! A unit of work that is every repository itself.

/// The methods of `UnitOfWork` that hand out its repositories, for one that implements all of them.
macro_rules! is_every_repository {
    () => {
        $crate::repositories::is_every_repository! {
            apps AppRepository,
            members MemberRepository,
            stream_keys StreamKeyRepository,
            video_rooms VideoRoomRepository,
            whitelist WhitelistRepository,
            sessions SessionRepository,
            nodes NodeRepository,
            ingest_health IngestHealthRepository,
            settings SettingRepository,
            requests RequestRepository,
            events EventLog,
            callbacks CallbackRepository,
            deliveries DeliveryRepository,
        }
    };
    ($($name:ident $repository:ident,)+) => {$(
        fn $name(&mut self) -> &mut dyn ports::store::$repository {
            self
        }
    )+};
}

pub(crate) use is_every_repository;
