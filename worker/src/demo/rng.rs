//! A small seedable generator (SplitMix64): the same seed lives the same days, on every machine.

/// Where the demo's chance comes from. Not for secrets.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A generator that repeats itself for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own for `subject`, so that what one person or project does is drawn alike whoever acts before.
    #[must_use]
    pub fn of(seed: u64, subject: [u64; 2]) -> Self {
        let mixed = subject
            .into_iter()
            .fold(seed, |state, part| Self(state ^ part).next());
        Self(mixed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, not including, `end`; 0 for an empty range.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    /// True `percent` times in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, which must not be empty.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let nth = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        &choices[nth]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_days_and_another_seed_others() {
        let draw = |seed| {
            let mut rng = Rng::new(seed);
            (0..20).map(|_| rng.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn each_subject_has_a_chance_of_its_own() {
        let draw = |subject| Rng::of(1, subject).below(1_000_000);
        assert_eq!(draw([3, 20]), draw([3, 20]));
        assert_ne!(draw([3, 20]), draw([20, 3]));
        assert_ne!(draw([3, 20]), draw([3, 21]));
    }

    #[test]
    fn chances_are_about_what_they_say() {
        let mut rng = Rng::new(1);
        let hits = (0..10_000).filter(|_| rng.percent(30)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
    }
}
