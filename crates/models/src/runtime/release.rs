//! Which file of which wheel is ONNX Runtime on which platform. The hash is that of the library inside the wheel:
//! nothing else of a wheel is ever used.

/// The version that is fetched, and the oldest that is taken from the system unasked.
pub const VERSION: &str = "1.32.0";

/// The Python package that carries it.
pub(super) const PACKAGE: &str = "onnxruntime";

/// ONNX Runtime for one platform.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Release {
    os: &'static str,
    arch: &'static str,
    /// What `pip --platform` calls it.
    pub(super) tag: &'static str,
    /// The library's name in the folder `onnxruntime/capi/` of the wheel, and in the cache.
    pub(super) file: &'static str,
    /// The library's length in bytes.
    pub(super) len: u64,
    /// The wheel's length in bytes: what is downloaded.
    pub(super) wheel_len: u64,
    /// SHA-256 of the library.
    pub(super) sha256: &'static str,
}

const RELEASES: &[Release] = &[
    Release {
        os: "linux",
        arch: "x86_64",
        tag: "manylinux_2_28_x86_64",
        file: "libonnxruntime.so.1.32.0",
        len: 34_824_680,
        wheel_len: 27_773_237,
        sha256: "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f",
    },
    Release {
        os: "linux",
        arch: "aarch64",
        tag: "manylinux_2_28_aarch64",
        file: "libonnxruntime.so.1.32.0",
        len: 27_165_936,
        wheel_len: 23_195_070,
        sha256: "49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a",
    },
    Release {
        os: "macos",
        arch: "aarch64",
        tag: "macosx_14_0_arm64",
        file: "libonnxruntime.1.32.0.dylib",
        len: 35_272_344,
        wheel_len: 22_506_162,
        sha256: "fa585fabbea65b823b9a8f7e27d46aee3989d1be7e36b528203d3a1fd613aae7",
    },
    Release {
        os: "windows",
        arch: "x86_64",
        tag: "win_amd64",
        file: "onnxruntime.dll",
        len: 22_668_640,
        wheel_len: 16_695_880,
        sha256: "e9feebaed867b76f741c14ae64e056a3da64a153a61994f1fb48eadc7f9b3ba8",
    },
    Release {
        os: "windows",
        arch: "aarch64",
        tag: "win_arm64",
        file: "onnxruntime.dll",
        len: 20_798_816,
        wheel_len: 16_027_290,
        sha256: "d3587771474d96427cc5683fa49440127e928622a5e9df0f3e24209ae1fc42ad",
    },
];

impl Release {
    /// The release for the platform this program was built for; none where there is no wheel (macOS on Intel, musl).
    pub(super) fn here() -> Option<&'static Self> {
        if cfg!(target_env = "musl") {
            return None;
        }
        Self::on(std::env::consts::OS, std::env::consts::ARCH)
    }

    fn on(os: &str, arch: &str) -> Option<&'static Self> {
        RELEASES.iter().find(|release| release.os == os && release.arch == arch)
    }

    /// The library's place in the wheel.
    pub(super) fn member(&self) -> String {
        format!("onnxruntime/capi/{}", self.file)
    }
}

/// The minor version that a library's file name tells: `libonnxruntime.so.1.32.0`, `libonnxruntime.1.32.0.dylib`.
/// `None` when it tells none, or when the major version is not 1.
pub(super) fn minor_of(file: &str) -> Option<u32> {
    let rest = file.strip_prefix("libonnxruntime.")?;
    let version = rest.strip_prefix("so.").or_else(|| rest.strip_suffix(".dylib"))?;
    let mut parts = version.split('.');
    if parts.next()? != "1" {
        return None;
    }
    parts.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_one_whole_release() {
        for release in RELEASES {
            assert_eq!(Release::on(release.os, release.arch), Some(release), "named twice");
            assert_eq!(release.sha256.len(), 64, "{release:?}");
            assert!(release.wheel_len < release.len, "{release:?}");
        }
        assert_eq!(Release::on("macos", "x86_64"), None);
        assert_eq!(Release::on("linux", "riscv64"), None);
    }

    #[test]
    fn a_file_name_tells_the_version() {
        let check = |file, expected| assert_eq!(minor_of(file), expected, "{file}");
        check("libonnxruntime.so.1.32.0", Some(32));
        check("libonnxruntime.1.9.2.dylib", Some(9));
        check("libonnxruntime.so.1.32", Some(32));
        check("libonnxruntime.so.1", None);
        check("libonnxruntime.so", None);
        check("libonnxruntime.so.2.1.0", None);
        check("libonnxruntime_providers_shared.so", None);
        check("onnxruntime.dll", None);
    }
}
