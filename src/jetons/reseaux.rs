//! The networks from which a token is accepted, as people type them: an address, or a network by its first address and the
//! number of its bits.

use std::net::IpAddr;

/// Bits of an address of its kind.
const fn bits_of(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The first address of the network of `bits` bits that holds `address`.
fn first_of(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        // Shifted by all its bits, a number is none: nothing of it is kept.
        IpAddr::V4(one) => IpAddr::V4((one.to_bits() & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)).into()),
        IpAddr::V6(one) => IpAddr::V6((one.to_bits() & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)).into()),
    }
}

/// One network, as PostgreSQL writes it.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn network(typed: &str) -> Result<String, String> {
    let not_one =
        || format!("«\u{a0}{typed}\u{a0}» n’est pas un réseau. Écrivez une adresse, 192.0.2.10, ou un réseau, 192.0.2.0/24 ou 2001:db8::/32.");
    let (address, bits) = typed.split_once('/').map_or((typed, None), |(address, bits)| (address.trim(), Some(bits.trim())));
    let address = address.parse::<IpAddr>().map_err(|_| not_one())?.to_canonical();
    let all = bits_of(address);
    let bits = match bits {
        None => all,
        Some(bits) if bits.len() <= 3 && bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse::<u8>().map_err(|_| not_one())?,
        Some(_) => return Err(not_one()),
    };
    if bits > all {
        return Err(format!("«\u{a0}{typed}\u{a0}»\u{a0}: une adresse de cette sorte a {all} bits au plus."));
    }
    let first = first_of(address, bits);
    if first != address {
        return Err(format!(
            "«\u{a0}{typed}\u{a0}» peut se lire de deux façons\u{a0}: le réseau {first}/{bits}, ou l’adresse {address} seule. Écrivez l’un ou l’autre."
        ));
    }
    Ok(format!("{first}/{bits}"))
}

/// The networks of a text, one a line, each once.
///
/// # Errors
/// What is wrong with the first that is none.
pub fn networks(typed: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for line in typed.split(['\n', ',', ';']).map(str::trim).filter(|line| !line.is_empty()) {
        let network = network(line)?;
        if !found.contains(&network) {
            found.push(network);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_as_they_are_written() {
        let read = networks(" 192.0.2.10\r\n\r\n10.0.0.0/8; 2001:db8::/32, 192.0.2.10/32\n::1 \n0.0.0.0/0\n::/0").expect("networks");
        assert_eq!(read, ["192.0.2.10/32", "10.0.0.0/8", "2001:db8::/32", "::1/128", "0.0.0.0/0", "::/0"]);
        assert_eq!(network("::ffff:192.0.2.1").as_deref(), Ok("192.0.2.1/32"), "IPv4 told by IPv6 is IPv4");
        assert_eq!(networks(" \n "), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_network_is_refused_with_what_to_write() {
        for (typed, words) in [
            ("192.0.2", "n’est pas un réseau"),
            ("mairie.gp", "n’est pas un réseau"),
            ("192.0.2.0/", "n’est pas un réseau"),
            ("192.0.2.0/-1", "n’est pas un réseau"),
            ("192.0.2.0/24/24", "n’est pas un réseau"),
            ("192.0.2.0/999", "n’est pas un réseau"),
            ("192.0.2.0/33", "32 bits au plus"),
            ("2001:db8::/129", "128 bits au plus"),
            ("192.0.2.10/24", "192.0.2.0/24, ou l’adresse 192.0.2.10 seule"),
            ("2001:db8::1/32", "2001:db8::/32, ou l’adresse 2001:db8::1 seule"),
        ] {
            let refused = networks(&format!("10.0.0.0/8\n{typed}")).expect_err(typed);
            assert!(refused.contains(words) && refused.contains(typed), "{refused}");
        }
    }
}
