//! Choices that a seed makes again.

/// A generator that is the same on every machine.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        // Knuth's constants; the high bits, which are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }

    pub fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.roll(among.len())]
    }

    /// Whether it falls on one of `chances` sides of a hundred.
    pub fn falls(&mut self, chances: usize) -> bool {
        self.roll(100) < chances
    }
}

/// A number given by the environment of the tests.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().filter(|text| !text.is_empty()).map_or(default, |text| text.parse().expect("a number"))
}
