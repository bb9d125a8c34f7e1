//! The witness: what Rocket alone can do here, with nothing of ours in the way.

use rocket::{get, routes};

use crate::Faute;

#[get("/texte")]
fn texte() -> &'static str {
    "Bonjour"
}

/// Serves `/texte` until stopped.
pub async fn serve(port: u16) -> Result<(), Faute> {
    let figment = rocket::Config::figment().merge(("address", "127.0.0.1")).merge(("port", port)).merge(("log_level", "off"));
    rocket::custom(figment).mount("/", routes![texte]).launch().await.map_err(|error| error.to_string())?;
    Ok(())
}
