//! A marketplace that lives before your eyes: only the clock and the people are simulated, the rest is the real code.

mod life;
mod mailbox;
mod market;
mod people;
mod rng;
mod said;
mod summary;

pub use life::{Life, Tally};
pub use mailbox::AUTHSERV;
pub use summary::{Snapshot, told};

#[cfg(test)]
mod tests {
    use relance_shared::clock::Clock;
    use relance_shared::config::Settings;
    use relance_shared::coverage;
    use relance_shared::env::Env;
    use relance_shared::listing;
    use relance_shared::testing::{day, each_engine};
    use relance_shared::verify;

    use super::*;

    // S5, P5, S6: four weeks of a small marketplace through the real code: the list is whole, guards and chains hold, the
    // promise to ask is kept.
    #[tokio::test]
    async fn a_small_marketplace_lives_four_weeks_in_order() {
        each_engine(async |db| {
            let folder = tempfile::tempdir()?;
            let mut env = Env::for_tests(&db, &Clock::fixed(day(100)));
            env.settings = Settings {
                data: folder.path().to_owned(),
                ..Settings::default()
            }
            .into();
            let mut life = Life::begin(env.clone(), 40, 28, 7).await?;
            let before = Snapshot::take(&env).await?;
            for _ in 0..28 {
                life.day().await?;
            }
            let tally = &life.tally;
            assert!(tally.letters > 30 && tally.page_answers > 0, "{tally:?}");
            assert!(listing::store::verify(&db).await?.is_whole());
            assert_eq!(verify::store::chains(&db).await?, []);
            assert_eq!(verify::store::contradictions(&db).await?, []);
            let coverage = coverage::store::coverage(&db, env.clock.now()).await?;
            assert_eq!(coverage.kept, coverage.pending, "{coverage:?}");
            let told = told(&env, &before, tally).await?;
            assert!(told.contains("letters left about"), "{told}");
            Ok(())
        })
        .await;
    }
}
