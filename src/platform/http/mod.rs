//! What every request and answer goes through: number, cross-site refusal, security headers,
//! conditional answers, compression, log and metrics; and the guards that read a request.

mod address;
pub mod assets;
mod download;
mod edge;
mod flash;
mod guards;
mod management;
mod typed;

pub use address::{here, path_of};
pub use download::{Download, Opened, Part, content_disposition};
pub use edge::{Edge, etag, is_head};
pub use flash::{Flash, Said, left_by};
pub use guards::{Asked, ClientIp, FromElsewhere, Referrer, Wants, denied, deny, request_number};
pub use management::serve as serve_management;
pub use typed::{Typed, hold_typed, typed};
