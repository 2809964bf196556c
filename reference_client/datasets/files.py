"""The configs, splits and data files of a dataset."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from reference_client.api import HfApi
from reference_client.datasets.card import Config, default_config, patterns_by_split, read_configs, read_head
from reference_client.datasets.compressed import COMPRESSED
from reference_client.datasets.errors import DataFilesNotFoundError, DatasetCardError, DatasetScriptError, listed, shown
from reference_client.datasets.patterns import by_name, has_wildcard, matching
from reference_client.download import hf_hub_download
from reference_client.limits import MATCHES, LimitError
from reference_client.metadata import check_commit_hash
from reference_client.models import RepoFile, answer_of
from reference_client.settings import hides_token
from reference_client.validate import check_repo_id

FORMATS = {
    "parquet": ("parquet", "geoparquet", "gpq"),
    "json": ("jsonl", "json", "ndjson"),
    "csv": ("csv",),
    "tsv": ("tsv",),
}
"""Format to the endings of its files; one of `COMPRESSED` may follow an ending."""

_OTHERS = {
    "text": "txt",
    "image": "jpg jpeg jpe jfif png apng gif webp bmp dib tif tiff ico icns jp2 psd tga pcx dds fits eps ppm pgm pbm",
    "audio": "wav mp3 flac ogg opus m4a aac aiff au caf wma rf64 w64",
    "video": "mp4 mkv avi mov webm mpg mpeg m4v flv wmv",
    "mesh": "glb gltf ply stl",
    "arrow": "arrow",
    "lance": "lance",
    "vortex": "vortex",
    "tsfile": "tsfile",
    "webdataset": "tar",
    "archive": "zip",
    "xml": "xml",
    "pdf": "pdf",
    "hdf5": "h5 hdf5",
    "eval": "eval",
    "conll": "conll conllu",
    "nifti": "nii",
    "biology": "fa fasta fna ffn faa frn afa fq fastq gb gbk genbank pdb ent cif mmcif",
}
"""Formats that hold rows, too, but can't be read here: a dataset that consists of them is refused."""
_BY_ENDING = {
    **{ending: kind for kind, endings in _OTHERS.items() for ending in endings.split()},
    **{ending: kind for kind, endings in FORMATS.items() for ending in endings},
}
_FAVOURITES = ("parquet", "lance", "vortex", "arrow", "jsonl", "json", "csv")
"""Which of two endings with as many files each decides. datasets, load.py, infer_module_for_data_files_list"""
_SIDE_FILES = frozenset(("metadata.csv", "metadata.jsonl", "metadata.parquet"))
"""They describe images or the like, and decide only where nothing else does."""
_PARAMETERS = {
    "parquet": {"columns", "filters", "features"},
    "json": {"field", "encoding", "encoding_errors", "features"},
    "csv": {
        *("sep", "delimiter", "header", "names", "column_names", "index_col", "usecols", "prefix", "converters"),
        *("true_values", "false_values", "skipinitialspace", "skiprows", "nrows", "na_values", "keep_default_na"),
        *("na_filter", "skip_blank_lines", "thousands", "decimal", "lineterminator", "quotechar", "quoting"),
        *("escapechar", "comment", "encoding", "encoding_errors", "dialect", "on_bad_lines", "error_bad_lines"),
        *("skipfooter", "doublequote", "date_format", "mangle_dupe_cols", "features"),
    },
}
"""Options of a card that change the rows of a file.
https://huggingface.co/docs/hub/datasets-manual-configuration#builder-parameters"""

_SHARD = re.compile(r"(?P<before>.*-)\d{5}-of-(?P<total>\d{5})(?P<behind>[^/]*)", re.ASCII)

_NEVER_DATA = {"config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json", "dummy_data.zip"}


@hides_token
def get_dataset_config_names(
    repo_id: str,
    *,
    revision: str | None = None,
    cache_dir: str | Path | None = None,
    token: bool | str | None = None,
    endpoint: str | None = None,
) -> list[str]:
    """The names of a dataset's configs, in the order of its card; `default` where the card declares none.

    Raises:
        DatasetScriptError, DatasetCardError: as `get_data_files`.
        HfHubHTTPError, OSError: as `hf_hub_download`.
    """
    dataset = Dataset.find(repo_id, revision=revision, cache_dir=cache_dir, token=token, endpoint=endpoint)
    return [config.name for config in dataset.configs()]


@hides_token
def get_dataset_split_names(
    repo_id: str,
    config_name: str | None = None,
    *,
    revision: str | None = None,
    cache_dir: str | Path | None = None,
    token: bool | str | None = None,
    endpoint: str | None = None,
) -> list[str]:
    """The names of a config's splits, in the order of its card, or train, validation, test.

    Raises:
        Exception: as `get_data_files`.
    """
    dataset = Dataset.find(repo_id, revision=revision, cache_dir=cache_dir, token=token, endpoint=endpoint)
    return list(dataset.data_files(config_name))


@hides_token
def get_data_files(
    repo_id: str,
    config_name: str | None = None,
    *,
    data_files: Any = None,
    revision: str | None = None,
    cache_dir: str | Path | None = None,
    token: bool | str | None = None,
    endpoint: str | None = None,
) -> dict[str, list[str]]:
    """The files of each split of a config: split to paths in the repository, in the order in which they are read.

    Args:
        config_name: None means the only config, the one marked as default, or the one called `default`.
        data_files: paths or patterns, as a card may have them; they replace the files from the card and the names.
        repo_id: of a dataset; the other arguments are `hf_hub_download`'s.

    Raises:
        DatasetScriptError: the dataset has a loading script, and `data_files` is missing.
        DataFilesNotFoundError: there are no data files, or not those that are named, or of a format that isn't read.
        DatasetCardError: the card can't be followed.
        ValueError: the config does not exist, or must be named.
        HfHubHTTPError, OSError: as `hf_hub_download`.
    """
    dataset = Dataset.find(repo_id, revision=revision, cache_dir=cache_dir, token=token, endpoint=endpoint)
    return dataset.data_files(config_name, data_files)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset at a commit, and all its paths."""

    repo_id: str
    commit_hash: str
    paths: tuple[str, ...]
    cache_dir: str | Path | None
    token: bool | str | None = field(repr=False)
    endpoint: str | None

    @classmethod
    @hides_token
    def find(
        cls,
        repo_id: str,
        *,
        revision: str | None,
        cache_dir: str | Path | None,
        token: bool | str | None,
        endpoint: str | None,
    ) -> Dataset:
        """Resolve the revision once: everything is read from its current commit."""
        api = HfApi(endpoint, token)
        info = api.dataset_info(repo_id, revision=revision)
        commit_hash, name = check_commit_hash(info.sha, api.endpoint), info.id or repo_id
        with answer_of(api.endpoint):
            check_repo_id(name)
        tree = api.list_repo_tree(repo_id, recursive=True, revision=commit_hash, repo_type="dataset")
        paths = tuple(item.path for item in tree if isinstance(item, RepoFile))  # the info may name some of them only
        return cls(name, commit_hash, paths, cache_dir, token, endpoint)

    def download(self, path: str) -> Path:
        """A file of the commit, on disk."""
        return Path(
            hf_hub_download(
                self.repo_id,
                path,
                repo_type="dataset",
                revision=self.commit_hash,
                cache_dir=self.cache_dir,
                token=self.token,
                endpoint=self.endpoint,
            )
        )

    def configs(self) -> list[Config]:
        """The configs of the card."""
        script = f"{self.repo_id.rpartition('/')[2]}.py"
        if script in self.paths:
            raise DatasetScriptError(
                f"'{self.repo_id}' is loaded by its own program, {script}, which is not run here. "
                "Name the files to read in data_files."
            )
        return read_configs(read_head(self.download("README.md")) if "README.md" in self.paths else "")

    def data_files(self, config_name: str | None, data_files: Any = None) -> dict[str, list[str]]:
        """`get_data_files`."""
        if data_files is not None:
            return self.named(patterns_by_split(data_files), "")
        config = self._config(config_name)
        if config.data_files is not None:
            return self.named(config.data_files, config.data_dir)
        inside = f"{config.data_dir}/" if config.data_dir else ""
        relative = [path.removeprefix(inside) for path in self.paths if path.startswith(inside)]
        found = by_name(path for path in relative if _may_be_data(path))
        splits = {split: [inside + path for path in paths] for split, paths in found.items()}
        return self._of_one_format(splits)

    def check_parameters(self, config_name: str | None, path: str) -> None:
        """See that the card asks for no other way to read a file than there is here.

        Raises:
            DatasetCardError: it does.
        """
        kind = format_of(path) or ""
        asked = self._config(config_name).parameters & _PARAMETERS.get("csv" if kind == "tsv" else kind, set())
        if asked:
            raise DatasetCardError(
                f"The card of '{self.repo_id}' sets {listed(sorted(asked))}, which is not supported."
            )

    def _config(self, name: str | None) -> Config:
        configs = self.configs()
        names = listed(config.name for config in configs)
        if name is None:
            config = default_config(configs)
            if config is None:
                raise ValueError(f"'{self.repo_id}' has no default config; choose one of: {names}.")
            return config
        for config in configs:
            if config.name == name:
                return config
        raise ValueError(f"'{self.repo_id}' has no config {shown(name)}; it has: {names}.")

    def named(self, patterns: Mapping[str, Iterable[str]], data_dir: str) -> dict[str, list[str]]:
        """The files of each split by its patterns below `data_dir`. Raises DataFilesNotFoundError, DatasetCardError."""
        splits: dict[str, list[str]] = {}
        listed, left = frozenset(self.paths), MATCHES
        for split, wanted in patterns.items():
            paths: dict[str, None] = {}
            for pattern in wanted:
                whole = f"{data_dir}/{pattern}" if data_dir else pattern
                # Cards name thousands of files: only globs are compared with all there are.
                among = self.paths if has_wildcard(whole) else tuple(listed & {whole})
                left -= len(among)
                if left < 0:
                    raise DatasetCardError(str(LimitError(f"Choosing the files of '{self.repo_id}'", "MATCHES")))
                found = matching(whole, among)
                if not found and not has_wildcard(whole):
                    raise DataFilesNotFoundError(f"'{self.repo_id}' has no file {shown(whole)}.")
                paths |= dict.fromkeys(path for path in found if _name(path) not in _NEVER_DATA - {_name(whole)})
            splits[split] = list(paths)
        return self._of_one_format(splits)

    def _of_one_format(self, splits: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """The files of the format that most files of a split have; the others, such as a licence, hold no rows.

        All splits must have the same one, as in datasets: another would come out empty.
        """
        formats = {split: _most_frequent(paths) for split, paths in splits.items()}
        if not any(formats.values()):
            raise DataFilesNotFoundError(f"'{self.repo_id}' has no data files: {', '.join(FORMATS)} can be read.")
        chosen, *others = set(formats.values())
        if others:
            found = listed(f"{split} {kind or 'has no data files'}" for split, kind in formats.items())
            raise DataFilesNotFoundError(f"The splits of '{self.repo_id}' have different formats: {found}.")
        if chosen in _OTHERS:
            raise DataFilesNotFoundError(
                f"The data files of '{self.repo_id}' are {chosen}, which isn't read here: {', '.join(FORMATS)} can be."
            )
        read = {"csv", "tsv"} if chosen in ("csv", "tsv") else {chosen}  # each by its own separator
        return {split: [path for path in paths if format_of(path) in read] for split, paths in splits.items()}


def check_shards(chosen: Iterable[str], listed: Iterable[str]) -> None:
    """See that a listing has all of the numbered files of which some are chosen: their names contain the total.

    A digest after the numbers differs from file to file, so only the part up to the total is compared.

    Raises:
        DataFilesNotFoundError: one is missing.
    """
    numbered = {path[: path.rindex("-of-") + 9] for path in listed if _SHARD.fullmatch(path)}
    for before, total in {(shard["before"], shard["total"]) for shard in map(_SHARD.fullmatch, chosen) if shard}:
        for number in range(int(total)):
            path = f"{before}{number:05d}-of-{total}"
            if path not in numbered:
                raise DataFilesNotFoundError(f"The listing lacks {path}; its files are {total} by their names.")


def _most_frequent(paths: Iterable[str]) -> str | None:
    """The format of the ending that most of the files have, side files last; None if none of them holds rows."""
    counts = Counter((_ending(path), _name(path) in _SIDE_FILES) for path in paths)
    counts = Counter({found: count for found, count in counts.items() if found[0] in _BY_ENDING})

    def weight(found: tuple[str, bool]) -> tuple[bool, int, int, str]:
        ending, beside = found
        favour = len(_FAVOURITES) - _FAVOURITES.index(ending) if ending in _FAVOURITES else 0
        return not beside, counts[found], favour, ending

    return _BY_ENDING[max(counts, key=weight)[0]] if counts else None


def format_of(path: str) -> str | None:
    """The format of a file by its name; None if it holds no rows that can be read here."""
    kind = _BY_ENDING.get(_ending(path))
    return kind if kind in FORMATS else None


def _may_be_data(path: str) -> bool:
    return _name(path) not in _NEVER_DATA and _ending(path) in _BY_ENDING


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _ending(path: str) -> str:
    """What follows the last dot of a name, in lower case and but for an ending that means compression."""
    name = PurePosixPath(path.lower())
    return (name.with_suffix("") if name.suffix[1:] in COMPRESSED else name).suffix[1:]
