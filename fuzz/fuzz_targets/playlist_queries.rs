#![no_main]

use ports::media::{Directives, Until};

// What was read says the same when it is written out and read again.
libfuzzer_sys::fuzz_target!(|query: &str| {
    let Ok(Directives { until, skip }) = Directives::parse(query) else {
        return;
    };
    let mut written = String::new();
    if let Some(Until { msn, part }) = until {
        written += &format!("_HLS_msn={msn}&");
        if let Some(part) = part {
            written += &format!("_HLS_part={part}&");
        }
    }
    if skip {
        written += "_HLS_skip=YES";
    }
    assert_eq!(Directives::parse(&written), Ok(Directives { until, skip }));
});
