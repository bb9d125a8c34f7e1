//! Switches of the settings.

/// A switch: `1` and `0` come from the environment as numbers.
pub(super) fn flag<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Flag;
    impl serde::de::Visitor<'_> for Flag {
        type Value = bool;
        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("1 ou 0")
        }
        fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }
        fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<bool, E> {
            match value {
                0 => Ok(false),
                1 => Ok(true),
                other => Err(E::invalid_value(serde::de::Unexpected::Unsigned(other), &self)),
            }
        }
        fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<bool, E> {
            self.visit_u64(u64::try_from(value).unwrap_or(u64::MAX))
        }
    }
    deserializer.deserialize_any(Flag)
}
