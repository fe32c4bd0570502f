//! Looks at the head of a file before it is loaded as a library. The system's loader reports most faults by itself,
//! but maps a file that was cut off without complaint; the first touch of what is missing then kills the process.

/// How much of a file [`fault`] wants to see.
pub(super) const HEAD: usize = 4096;

/// What is wrong with a file of `len` bytes that begins with `head` as a library for `os` and `arch` (as in
/// `std::env::consts`); `None` when nothing is. Says nothing about formats and processors it does not know.
pub(super) fn fault(head: &[u8], len: u64, os: &str, arch: &str) -> Option<String> {
    match os {
        "linux" => elf(head, len, arch),
        "macos" => mach(head, arch),
        "windows" => pe(head, arch),
        _ => None,
    }
}

/// The System V ABI, "Object Files": 64-bit, little-endian.
fn elf(head: &[u8], len: u64, arch: &str) -> Option<String> {
    if !head.starts_with(b"\x7fELF\x02\x01") {
        return Some("it is not a 64-bit ELF library".into());
    }
    let Some(machine) = u16_at(head, 0x12) else { return Some("it ends within its header".into()) };
    if let Some(wrong) = wrong_processor(arch, machine, 62, 183) {
        return Some(wrong);
    }
    // Every loaded segment must lie within the file.
    let (Some(table), Some(size), Some(count)) = (u64_at(head, 0x20), u16_at(head, 0x36), u16_at(head, 0x38))
    else {
        return Some("it ends within its header".into());
    };
    let table = usize::try_from(table).unwrap_or(usize::MAX);
    let end = (0..usize::from(count))
        .filter_map(|n| {
            let at = table.checked_add(n * usize::from(size))?;
            let (offset, filled) =
                (u64_at(head, at.checked_add(0x08)?)?, u64_at(head, at.checked_add(0x20)?)?);
            offset.checked_add(filled)
        })
        .max()
        .unwrap_or(0);
    (end > len).then(|| format!("it is cut off: {len} bytes of at least {end}"))
}

/// Mach-O: a thin 64-bit file tells its processor, a fat one holds several.
fn mach(head: &[u8], arch: &str) -> Option<String> {
    if head.starts_with(&[0xca, 0xfe, 0xba, 0xbe]) {
        return None;
    }
    if !head.starts_with(&[0xcf, 0xfa, 0xed, 0xfe]) {
        return Some("it is not a 64-bit Mach-O library".into());
    }
    let processor = u16_at(head, 4).unwrap_or_default();
    wrong_processor(arch, processor, 7, 12)
}

/// Portable Executable: the offset of the real header stands at 0x3c.
fn pe(head: &[u8], arch: &str) -> Option<String> {
    let header = u16_at(head, 0x3c).map(usize::from).unwrap_or_default();
    if !head.starts_with(b"MZ") || head.get(header..header + 4) != Some(b"PE\0\0") {
        return Some("it is not a Windows library".into());
    }
    let machine = u16_at(head, header + 4).unwrap_or_default();
    wrong_processor(arch, machine, 0x8664, 0xaa64)
}

fn wrong_processor(arch: &str, found: u16, x86_64: u16, aarch64: u16) -> Option<String> {
    let known = match arch {
        "x86_64" => x86_64,
        "aarch64" => aarch64,
        _ => return None,
    };
    (found != known).then(|| format!("it is built for another processor than {arch}"))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF head with one segment of 0x900 bytes at 0x100.
    fn elf_head(machine: u16) -> Vec<u8> {
        let mut head = vec![0; 0x80];
        head[..6].copy_from_slice(b"\x7fELF\x02\x01");
        head[0x12..0x14].copy_from_slice(&machine.to_le_bytes());
        head[0x20] = 0x40;
        head[0x36] = 0x38;
        head[0x38] = 1;
        head[0x48..0x50].copy_from_slice(&0x100_u64.to_le_bytes());
        head[0x60..0x68].copy_from_slice(&0x900_u64.to_le_bytes());
        head
    }

    fn pe_head(machine: u16) -> Vec<u8> {
        let mut head = vec![0; 0x90];
        head[..2].copy_from_slice(b"MZ");
        head[0x3c] = 0x80;
        head[0x80..0x84].copy_from_slice(b"PE\0\0");
        head[0x84..0x86].copy_from_slice(&machine.to_le_bytes());
        head
    }

    #[test]
    fn faults_are_told_apart() {
        let check = |head: &[u8], len, os, arch, expected: Option<&str>| {
            assert_eq!(fault(head, len, os, arch).as_deref(), expected, "{os} {arch} {len}");
        };
        let another = |arch: &str| format!("it is built for another processor than {arch}");
        let (x86, arm) = (elf_head(62), elf_head(183));
        check(&x86, 0xa00, "linux", "x86_64", None);
        check(&x86, 0x9ff, "linux", "x86_64", Some("it is cut off: 2559 bytes of at least 2560"));
        check(&x86, 0xa00, "linux", "aarch64", Some(&another("aarch64")));
        check(&arm, 0xa00, "linux", "aarch64", None);
        check(&arm, 0xa00, "linux", "riscv64", None);
        check(&x86[..0x30], 0x30, "linux", "x86_64", Some("it ends within its header"));
        check(b"\x7fELF\x01\x01", 6, "linux", "x86_64", Some("it is not a 64-bit ELF library"));
        check(b"", 0, "linux", "x86_64", Some("it is not a 64-bit ELF library"));
        check(b"/* GNU ld script */", 19, "linux", "x86_64", Some("it is not a 64-bit ELF library"));

        let arm = [0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1];
        check(&arm, 8, "macos", "aarch64", None);
        check(&arm, 8, "macos", "x86_64", Some(&another("x86_64")));
        check(&[0xca, 0xfe, 0xba, 0xbe], 4, "macos", "x86_64", None);
        check(b"text", 4, "macos", "aarch64", Some("it is not a 64-bit Mach-O library"));

        check(&pe_head(0x8664), 0x90, "windows", "x86_64", None);
        check(&pe_head(0x8664), 0x90, "windows", "aarch64", Some(&another("aarch64")));
        check(b"MZ", 2, "windows", "x86_64", Some("it is not a Windows library"));
        check(b"anything", 8, "freebsd", "x86_64", None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_it(head: Vec<u8>, len: u64, n in 0..3_usize) {
            let _ = fault(&head, len, ["linux", "macos", "windows"][n], "x86_64");
            let mut head = head;
            head.splice(..0, *b"\x7fELF\x02\x01");
            let _ = elf(&head, len, "x86_64");
        }
    }
}
