from reference_client.api import HfApi as HfApi
from reference_client.cache import _CACHED_NO_EXIST as _CACHED_NO_EXIST
from reference_client.cache import try_to_load_from_cache as try_to_load_from_cache
from reference_client.download import hf_hub_download as hf_hub_download
from reference_client.download import read_file as read_file
from reference_client.metadata import HfFileMetadata as HfFileMetadata
from reference_client.metadata import get_hf_file_metadata as get_hf_file_metadata
from reference_client.metadata import hf_hub_url as hf_hub_url
from reference_client.models import DatasetInfo as DatasetInfo
from reference_client.models import GitCommitInfo as GitCommitInfo
from reference_client.models import GitRefInfo as GitRefInfo
from reference_client.models import GitRefs as GitRefs
from reference_client.models import ModelInfo as ModelInfo
from reference_client.models import RepoFile as RepoFile
from reference_client.models import RepoFolder as RepoFolder
from reference_client.models import RepoSibling as RepoSibling
from reference_client.models import SpaceInfo as SpaceInfo
from reference_client.scan import scan_cache_dir as scan_cache_dir
from reference_client.settings import get_token as get_token
from reference_client.snapshot import snapshot_download as snapshot_download

__version__: str

_api: HfApi
dataset_info = _api.dataset_info
file_exists = _api.file_exists
get_paths_info = _api.get_paths_info
list_repo_commits = _api.list_repo_commits
list_repo_files = _api.list_repo_files
list_repo_refs = _api.list_repo_refs
list_repo_tree = _api.list_repo_tree
model_info = _api.model_info
repo_exists = _api.repo_exists
repo_info = _api.repo_info
revision_exists = _api.revision_exists
space_info = _api.space_info
whoami = _api.whoami
