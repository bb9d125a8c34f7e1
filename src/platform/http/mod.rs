//! What every request and answer goes through: number, cross-site refusal, security headers,
//! conditional answers, compression, log and metrics; and the guards that read a request.

mod address;
pub mod assets;
mod crowd;
mod debit;
mod doors;
mod download;
mod edge;
mod flash;
mod guards;
mod management;
mod measured;
mod reception;
mod trouble;
mod typed;

pub use address::{Address, here, path_of};
pub use crowd::{Crowd, enter};
pub use doors::Doors;
pub use download::{Download, Opened, Part, content_disposition};
pub use edge::{Edge, etag};
pub use flash::{Flash, Said, left_by};
pub use guards::{ClientIp, FromElsewhere, Referrer, Visit, Wants, denied, deny, is_head, origin, request_number};
pub use management::serve as serve_management;
pub use measured::{Routes, show_times};
pub use reception::{AROUND_BYTES, Bornes, Manque, Place, Places, Received, Reception, Support, receive_body};
pub use trouble::note_trouble;
pub use typed::{Typed, hold_typed, typed};
