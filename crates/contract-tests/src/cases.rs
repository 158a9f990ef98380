//! What turns the list of a suite's cases into tests.

/// Makes a test of each case that is named.
#[doc(hidden)]
#[macro_export]
macro_rules! cases {
    ($port:ident, $harness:ty: $($module:ident { $($case:ident,)+ })+) => {$(
        mod $module {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    let harness = <$harness as $crate::$port::Harness>::new().await;
                    $crate::$port::$module::$case(harness).await;
                }
            )+
        }
    )+};
}

/// Fails unless a suite's list names just the cases in the sources of its modules.
#[cfg(test)]
pub(crate) fn assert_all_are_listed(list: &str, modules: &[(&str, &str)]) {
    for (module, source) in modules {
        let (_, listed) = list
            .split_once(&format!("            {module} {{\n"))
            .expect("the module is listed");
        let (listed, _) = listed.split_once('}').expect("the module's list ends");
        let listed: Vec<_> = listed
            .split_terminator(',')
            .map(str::trim)
            .filter(|case| !case.is_empty())
            .collect();
        let functions = source
            .lines()
            .filter_map(|line| line.strip_prefix("pub async fn "));
        let cases: Vec<_> = functions
            .filter_map(|rest| rest.split(['(', '<']).next())
            .collect();
        for case in &cases {
            assert!(listed.contains(case), "{module}::{case} is not run");
        }
        assert_eq!(cases.len(), listed.len(), "{module}");
    }
}
