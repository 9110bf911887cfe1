//! Feature flags: a file in flagd's format, asked through `OpenFeature`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use open_feature::provider::{FeatureProvider, ProviderMetadata, ResolutionDetails};
use open_feature::{
    Client, EvaluationContext, EvaluationError, EvaluationErrorCode, EvaluationReason,
    EvaluationResult, OpenFeature, StructValue, Value, async_trait,
};
use serde::Deserialize;
use serde_json::Value as Json;
use tracing::{error, info, warn};

/// A client that answers with the flags of a file, which is read again as soon as it has changed.
///
/// Without the file every flag has the value that the code gives it. Once the service runs, a
/// file that is not in order leaves what was read before in force.
///
/// # Errors
///
/// If the file is not in order.
pub async fn open(path: &Path) -> Result<Client, Refused> {
    let name = path.display().to_string();
    let file = FlagFile::read(path)?;
    let mut sdk = OpenFeature::singleton_mut().await;
    sdk.set_named_provider(&name, file).await;
    Ok(sdk.create_named_client(&name))
}

#[derive(Deserialize)]
struct FlagSet {
    flags: BTreeMap<String, Flag>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flag {
    state: State,
    variants: BTreeMap<String, Json>,
    default_variant: Option<String>,
    #[serde(default)]
    targeting: Option<BTreeMap<String, Json>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum State {
    Enabled,
    Disabled,
}

impl Flag {
    /// What is wrong with it, if anything.
    fn problem(&self) -> Option<String> {
        let default = self.default_variant.as_ref();
        if self.variants.is_empty() {
            Some("it has no variants".to_owned())
        } else if default.is_some_and(|name| !self.variants.contains_key(name)) {
            default.map(|name| format!("defaultVariant '{name}' is none of the variants"))
        } else if self.targeting.as_ref().is_some_and(|rule| !rule.is_empty()) {
            Some("targeting needs flagd's own provider instead of this one".to_owned())
        } else {
            None
        }
    }
}

/// The file is not in flagd's format, or uses a part of it that is not supported here.
#[derive(Debug)]
pub struct Refused {
    path: PathBuf,
    why: String,
}

impl Display for Refused {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (path, why) = (self.path.display(), &self.why);
        write!(f, "{path} holds no feature flags: {why}")
    }
}

impl Error for Refused {}

/// What changes with the file.
type Version = (SystemTime, u64);

/// The provider.
struct FlagFile {
    metadata: ProviderMetadata,
    path: PathBuf,
    seen: Mutex<Seen>,
}

/// The file as it was read; no version if there was none.
struct Seen {
    version: Option<Version>,
    flags: BTreeMap<String, Flag>,
}

impl FlagFile {
    fn read(path: &Path) -> Result<Self, Refused> {
        let version = version(path);
        let flags = if version.is_some() {
            flags(path)?
        } else {
            warn!("no feature flags: there is no {}", path.display());
            BTreeMap::default()
        };
        Ok(Self {
            metadata: ProviderMetadata::new("flags.json"),
            path: path.to_owned(),
            seen: Mutex::new(Seen { version, flags }),
        })
    }

    /// The flag of this name, as the file says now.
    fn flag(&self, name: &str) -> Option<Flag> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = version(&self.path);
        if now.is_some() && now != seen.version {
            seen.version = now; // a file that is refused is not tried again until it changes
            match flags(&self.path) {
                Ok(flags) => {
                    seen.flags = flags;
                    info!("feature flags read again");
                }
                Err(refused) => error!("the feature flags stay as they were: {refused}"),
            }
        }
        seen.flags.get(name).cloned()
    }

    fn resolve<T>(
        &self,
        name: &str,
        read: impl Fn(&Json) -> Option<T>,
    ) -> EvaluationResult<ResolutionDetails<T>> {
        let flag = self
            .flag(name)
            .ok_or(none(EvaluationErrorCode::FlagNotFound))?;
        let variant = match (flag.state, flag.default_variant) {
            (State::Enabled, Some(variant)) => variant,
            (State::Enabled, None) => return Err(left_to_the_code("DEFAULT")),
            (State::Disabled, _) => return Err(left_to_the_code("DISABLED")),
        };
        let value = flag.variants.get(&variant).and_then(read);
        Ok(ResolutionDetails::builder()
            .value(value.ok_or(none(EvaluationErrorCode::TypeMismatch))?)
            .variant(variant)
            .reason(EvaluationReason::Static)
            .build())
    }
}

fn version(path: &Path) -> Option<Version> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn flags(path: &Path) -> Result<BTreeMap<String, Flag>, Refused> {
    let refused = |why: String| Refused {
        path: path.to_owned(),
        why,
    };
    let text = fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    let set: FlagSet = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
    for (name, flag) in &set.flags {
        if let Some(problem) = flag.problem() {
            return Err(refused(format!("{name}: {problem}")));
        }
    }
    Ok(set.flags)
}

fn none(code: EvaluationErrorCode) -> EvaluationError {
    EvaluationError::builder().code(code).build()
}

/// Where the SDK of this language has no default, the caller says `unwrap_or`.
fn left_to_the_code(reason: &str) -> EvaluationError {
    none(EvaluationErrorCode::General(reason.to_owned()))
}

#[async_trait]
impl FeatureProvider for FlagFile {
    fn metadata(&self) -> &ProviderMetadata {
        &self.metadata
    }

    async fn resolve_bool_value(
        &self,
        name: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<bool>> {
        self.resolve(name, Json::as_bool)
    }

    async fn resolve_int_value(
        &self,
        name: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<i64>> {
        self.resolve(name, Json::as_i64)
    }

    async fn resolve_float_value(
        &self,
        name: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<f64>> {
        self.resolve(name, Json::as_f64)
    }

    async fn resolve_string_value(
        &self,
        name: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<String>> {
        self.resolve(name, |value| value.as_str().map(str::to_owned))
    }

    async fn resolve_struct_value(
        &self,
        name: &str,
        _: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<StructValue>> {
        self.resolve(name, |value| match Value::try_from(value) {
            Ok(Value::Struct(fields)) => Some(fields),
            _ => None,
        })
    }
}
