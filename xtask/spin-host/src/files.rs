//! The files of a component: copied when the application starts, mounted read-only at `/`.
//!
//! Copying instead of mounting is what Spin does, too: what happens to the sources later does not show.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use glob::Pattern;
use serde::Deserialize;

use crate::output;

/// One entry of `files`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Mount {
    /// A glob pattern, a file or a directory below the application's; its path stays the same.
    Pattern(String),
    /// A file or directory in another place.
    Placement(Placement),
}

/// `{ source = "assets", destination = "/" }`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Placement {
    source: String,
    destination: String,
}

/// Copies what a manifest's directory has for one component.
pub(crate) struct Copier<'a> {
    /// Absolute: nothing outside of it can be mounted.
    root: PathBuf,
    target: &'a Path,
    excluded: Vec<Pattern>,
}

impl<'a> Copier<'a> {
    /// From the directory of the manifest, which may be relative, to what becomes the component's `/`. `excluded` are
    /// the patterns of `exclude_files`.
    pub(crate) fn new(root: &Path, target: &'a Path, excluded: &[String]) -> Result<Self> {
        let pattern = |text: &String| {
            Pattern::new(text).with_context(|| format!("Invalid exclude_files glob pattern {text:?}"))
        };
        // Not `std::path::absolute`: that knows no empty path, which is the parent of a plain `spin.toml`.
        let root = std::env::current_dir()?.join(root);
        Ok(Self { root, target, excluded: excluded.iter().map(pattern).collect::<Result<_>>()? })
    }

    /// Copies the files of one entry.
    pub(crate) fn copy(&self, mount: &Mount) -> Result<()> {
        match mount {
            Mount::Pattern(pattern) => self.copy_pattern(pattern),
            Mount::Placement(Placement { source, destination }) => {
                let target = self.target.join(destination.trim_start_matches('/'));
                self.copy_to(&self.root.join(source), source, &target)
            }
        }
    }

    fn copy_pattern(&self, text: &str) -> Result<()> {
        let last = text.rsplit('/').next().unwrap_or(text);
        ensure!(
            last != "." && last != "..",
            "A file pattern can't end in a current or parent directory path ({last})"
        );
        if matches!(text, "*" | "**/*") {
            output::warning("A component is including the entire application directory as asset files.");
        }
        let path = self.root.join(text);
        if path.is_dir() {
            // Spin puts the path of a directory before its files twice.
            self.copy_glob(&path.join("**/*"), &self.root, &self.target.join(text))
        } else if path.exists() {
            self.copy_file(&path, &self.target.join(text))
        } else if Pattern::escape(text) != text {
            self.copy_glob(&path, &self.root, self.target)
        } else {
            bail!("{text:?} does not exist and doesn't appear to be a glob pattern")
        }
    }

    fn copy_to(&self, source: &Path, named: &str, target: &Path) -> Result<()> {
        match source.metadata() {
            Ok(found) if found.is_dir() => self.copy_glob(&source.join("**/*"), source, target),
            Ok(_) => self.copy_file(source, target),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("File or directory \"{named}\" does not exist")
            }
            Err(error) => Err(error).with_context(|| format!("invalid file mount source \"{named}\"")),
        }
    }

    /// Copies what matches to `target`, each file under its path below `prefix`.
    fn copy_glob(&self, pattern: &Path, prefix: &Path, target: &Path) -> Result<()> {
        let pattern = pattern
            .to_str()
            .with_context(|| format!("invalid (non-utf8) file pattern {}", pattern.display()))?;
        let found =
            glob::glob(pattern).with_context(|| format!("Failed to resolve glob pattern {pattern:?}"))?;
        make_directory(target)?;
        for file in found {
            let file: PathBuf = file?;
            if !file.is_file() {
                continue;
            }
            let Ok(inside) = file.strip_prefix(&self.root) else {
                bail!("{pattern} cannot be mapped because it is outside the application directory.")
            };
            if !self.excluded.iter().any(|excluded| excluded.matches_path(inside)) {
                self.copy_file(&file, &target.join(file.strip_prefix(prefix)?))?;
            }
        }
        Ok(())
    }

    fn copy_file(&self, source: &Path, target: &Path) -> Result<()> {
        source.strip_prefix(&self.root)?;
        target.strip_prefix(self.target)?;
        make_directory(target.parent().unwrap_or(self.target))?;
        let named =
            || format!("Failed to copy \"{}\" to working path \"{}\"", source.display(), target.display());
        std::fs::copy(source, target).with_context(named)?;
        Ok(())
    }
}

fn make_directory(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path)
        .with_context(|| format!("Failed to create parent directory \"{}\"", path.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// An application directory, and what becomes of the entries: the files of the mount, or the error.
    fn mounted(files: &str, excluded: &[&str]) -> Result<BTreeSet<String>> {
        let directory = tempfile::tempdir()?;
        let (root, target) = (directory.path().join("app"), directory.path().join("mount"));
        for file in
            ["a.txt", "static/one.js", "static/.hidden", "static/deep/two.js", "static/deep/three.css"]
        {
            let path = root.join(file);
            make_directory(path.parent().unwrap_or(&root))?;
            std::fs::write(path, file)?;
        }
        std::fs::write(directory.path().join("outside.txt"), "")?;
        let excluded: Vec<_> = excluded.iter().map(|&text| text.to_owned()).collect();
        let copier = Copier::new(&root, &target, &excluded)?;
        let mounts: toml::Table = toml::from_str(&format!("files = {files}"))?;
        for mount in mounts["files"].as_array().into_iter().flatten() {
            copier.copy(&mount.clone().try_into()?)?;
        }
        let all = glob::glob(&format!("{}/**/*", target.display()))?.filter_map(Result::ok);
        let paths = all.filter(|path| path.is_file());
        Ok(paths.map(|path| path.strip_prefix(&target).unwrap().display().to_string()).collect())
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn patterns_keep_paths() {
        let cases: [(&str, &[&str]); 5] = [
            (r#"["a.txt"]"#, &["a.txt"]),
            (r#"["static/*"]"#, &["static/one.js", "static/.hidden"]),
            (r#"["static/**/*.js"]"#, &["static/one.js", "static/deep/two.js"]),
            (r#"["static/*.png"]"#, &[]),
            (r#"["static/deep"]"#, &["static/deep/static/deep/two.js", "static/deep/static/deep/three.css"]),
        ];
        for (files, wanted) in cases {
            assert_eq!(mounted(files, &[]).unwrap(), set(wanted), "{files}");
        }
    }

    #[test]
    fn placements_move_files() {
        let cases: [(&str, &[&str]); 3] = [
            (r#"[{ source = "static/deep", destination = "/" }]"#, &["two.js", "three.css"]),
            (r#"[{ source = "static/deep", destination = "/x/y" }]"#, &["x/y/two.js", "x/y/three.css"]),
            (r#"["a.txt", { source = "a.txt", destination = "/b.txt" }]"#, &["a.txt", "b.txt"]),
        ];
        for (files, wanted) in cases {
            assert_eq!(mounted(files, &[]).unwrap(), set(wanted), "{files}");
        }
    }

    #[test]
    fn a_manifest_in_the_working_directory_has_files() {
        let target = tempfile::tempdir().unwrap();
        for (root, mount) in [("", "Cargo.toml"), ("src", "main.rs"), ("", "src/*.rs")] {
            let copier = Copier::new(Path::new(root), target.path(), &[]).unwrap();
            copier.copy(&Mount::Pattern(mount.to_owned())).unwrap();
        }
        assert!(
            ["Cargo.toml", "main.rs", "src/main.rs"].iter().all(|file| target.path().join(file).is_file())
        );
    }

    #[test]
    fn excluded_files_are_left_out() {
        let files = r#"[{ source = "static", destination = "/s" }]"#;
        assert_eq!(mounted(files, &["static/deep/*", "**/.*"]).unwrap(), set(&["s/one.js"]));
    }

    #[test]
    fn what_cannot_be_mounted_is_named() {
        for (files, named) in [
            (r#"["missing"]"#, "\"missing\" does not exist"),
            (r#"["static/.."]"#, "can't end in"),
            (r#"[{ source = "missing", destination = "/" }]"#, "\"missing\" does not exist"),
            (r#"[{ source = "/etc/hosts", destination = "/hosts" }]"#, "prefix not found"),
            (r#"[{ source = "a.txt", destination = "/", extra = 1 }]"#, "did not match any variant"),
        ] {
            let error = format!("{:#}", mounted(files, &[]).unwrap_err());
            assert!(error.contains(named), "{files}: {error}");
        }
    }
}
