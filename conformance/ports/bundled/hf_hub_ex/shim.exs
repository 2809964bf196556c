# Lets the conformance suite call hf_hub, the Elixir client of the Hugging Face Hub: `elixir shim.exs`.
#
# It speaks the shim protocol (conformance/protocol/README.md): one JSON object a line on standard input and output.
# Elixir 1.14 or newer (hf_hub 0.3 itself asks for 1.15), and nothing but the library and what that brings: Jason, for
# one, which also reads and writes the messages here, since Elixir has a JSON module of its own only from 1.18 on.
#
# Where the library comes from is said by the variable HUB_CONFORMANCE_HF_HUB_EX:
#
#   a folder      compiled code, `…/_build/prod/lib` or a project with a `_build`; else a project, which Mix compiles
#                 without the network
#   hex           the package `hf_hub ~> 0.3` of Hex, fetched and compiled by `Mix.install`. That needs Hex itself,
#                 `mix local.hex --force`, and takes a minute: do it before a run, by `elixir shim.exs < /dev/null`
#   (not set)     what is on the code path already, by `ERL_LIBS` or `elixir -pa`
#
# The name doesn't begin with HF_, because the suite takes such variables of the machine away.

defmodule Shim.Output do
  @moduledoc "Keeps standard output for the protocol: whatever else is printed goes to standard error."

  @doc "Takes standard output away from everybody else; returns the device of the protocol."
  def reserve do
    device = Process.whereis(:user)
    errors = Process.whereis(:standard_error)
    # As Latin-1 the bytes pass unchanged in both directions, in whatever locale.
    :ok = :io.setopts(device, binary: true, encoding: :latin1)
    # New processes inherit the group leader, to whom they print: those of this one, and those of applications.
    Process.group_leader(self(), errors)
    Process.group_leader(Process.whereis(:application_controller), errors)
    # For those who print to `:user` by name.
    Process.unregister(:user)
    Process.register(spawn(fn -> forward(errors) end), :user)
    redirect_logger()
    device
  end

  def say(text), do: IO.puts(:stderr, "hf_hub_ex shim: " <> text)

  # A request names the process that waits for the reply, so it can be passed on as it is.
  defp forward(errors) do
    receive do
      message -> send(errors, message)
    end

    forward(errors)
  end

  # Up to Elixir 1.14 the logger has a backend of its own; from 1.15 on it is a handler of Erlang's. Both write to
  # standard output unless told otherwise. The settings are for a logger that is started again.
  defp redirect_logger do
    Application.put_env(:logger, :console, [device: :standard_error], persistent: true)
    Application.put_env(:logger, :default_handler, [config: [type: :standard_error]], persistent: true)

    for %{id: id, module: module} = handler <- :logger.get_handler_config() do
      case {module, handler} do
        {Logger.Handler, _} -> apply(Logger, :configure_backend, [:console, [device: :standard_error]])
        {:logger_std_h, %{config: %{type: :standard_io}}} -> replace_handler(id, handler)
        _ -> :ok
      end
    end
  end

  # The device of a handler cannot be changed.
  defp replace_handler(id, handler) do
    kept = Map.take(handler, [:level, :filters, :filter_default, :formatter])
    :ok = :logger.remove_handler(id)
    :ok = :logger.add_handler(id, :logger_std_h, Map.put(kept, :config, %{type: :standard_error}))
  end
end

defmodule Shim.Library do
  @moduledoc "Finds, loads and starts the library."

  @variable "HUB_CONFORMANCE_HF_HUB_EX"
  @package {:hf_hub, "~> 0.3"}

  @doc "Returns when the library runs; otherwise ends the program, having said why."
  def start do
    place = System.get_env(@variable, "")
    find(place)
    Code.ensure_loaded?(HfHub.Api) || stop(absent(place))

    case Application.ensure_all_started(:hf_hub) do
      {:ok, _} -> :ok
      {:error, reason} -> stop("the library does not start: #{inspect(reason)}")
    end
  end

  def version, do: to_string(Application.spec(:hf_hub, :vsn) || "unknown")

  defp find(""), do: :ok
  defp find("hex"), do: install(@package)

  defp find(folder) do
    compiled =
      Enum.find([Path.join(folder, "*/ebin") | builds(folder)], fn pattern ->
        Enum.any?(Path.wildcard(pattern), &String.ends_with?(&1, "hf_hub/ebin"))
      end)

    cond do
      compiled ->
        Enum.each(Path.wildcard(compiled), &Code.prepend_path/1)

      File.regular?(Path.join(folder, "mix.exs")) ->
        System.put_env("HEX_OFFLINE", "1")
        install({:hf_hub, path: folder})

      true ->
        :ok
    end
  end

  defp builds(folder), do: for(env <- ~w(prod dev *), do: Path.join(folder, "_build/#{env}/lib/*/ebin"))

  defp install(package) do
    Mix.install([package])
  rescue
    error -> stop("Mix could not install #{inspect(package)}: #{Exception.message(error)}")
  end

  defp absent(place) do
    found = if place == "", do: "is not on the code path", else: "is not in #{place}"

    "the library hf_hub #{found}. Set #{@variable} to a folder with its compiled code (…/_build/prod/lib) or its " <>
      "sources, or to `hex` to have Mix fetch it; or put it on the code path by ERL_LIBS."
  end

  defp stop(reason) do
    Shim.Output.say(reason)
    System.halt(1)
  end
end

defmodule Shim.Operations do
  @moduledoc """
  The operations, each a function of the library.

  `plan/2` says what a call comes down to; `value/2` puts what that returned into the shape of the protocol.
  """

  # Operation => module, function, its leading arguments, its options (false: it takes none), the shape of its value.
  # An option is named as the argument is, or stands beside it.
  @functions %{
    "hf_hub_download" =>
      {HfHub.Download, :hf_hub_download, [], ~w(repo_id filename repo_type revision cache_dir force_download token)a,
       :path},
    "snapshot_download" =>
      {HfHub.Download, :snapshot_download, [],
       ~w(repo_id repo_type revision cache_dir allow_patterns ignore_patterns token)a, :path},
    "read_file" => {HfHub.Download, :download_stream, [], ~w(repo_id filename repo_type revision token)a, :content},
    "try_to_load_from_cache" =>
      {HfHub, :try_to_load_from_cache, ~w(repo_id filename)a, ~w(repo_type revision)a, :cached},
    "list_repo_files" => {HfHub.Api, :list_files, ~w(repo_id)a, ~w(repo_type revision token)a, :names},
    "list_repo_tree" =>
      {HfHub.Api, :list_repo_tree, ~w(repo_id)a, ~w(path_in_repo recursive expand repo_type revision token)a, :entries},
    "list_repo_refs" => {HfHub.Git, :list_refs, ~w(repo_id)a, ~w(repo_type include_pull_requests token)a, :refs},
    "list_repo_commits" => {HfHub.Git, :list_commits, ~w(repo_id)a, ~w(repo_type revision token)a, :commits},
    "repo_exists" => {HfHub.Repo, :exists?, ~w(repo_id)a, ~w(repo_type token)a, :as_is},
    "revision_exists" => {HfHub.Repo, :revision_exists?, ~w(repo_id revision)a, ~w(repo_type token)a, :as_is},
    "file_exists" => {HfHub.Repo, :file_exists?, ~w(repo_id filename)a, ~w(repo_type revision token)a, :as_is},
    "dataset_info" => {HfHub.Api, :dataset_info, ~w(repo_id)a, ~w(revision token)a, :dataset_info},
    "model_info" => {HfHub.Api, :model_info, ~w(repo_id)a, ~w(revision token)a, :model_info},
    "space_info" => {HfHub.Api, :space_info, ~w(repo_id)a, ~w(revision token)a, :space_info},
    "whoami" => {HfHub.Auth, :whoami, [], false, :user},
    "get_dataset_config_names" => {HfHub.Api, :dataset_configs, ~w(repo_id)a, ~w(revision token)a, :as_is},
    "get_dataset_split_names" =>
      {HfHub.Api, :dataset_splits, ~w(repo_id)a, [{:config_name, :config}, :revision, :token], :as_is},
    "get_data_files" => {HfHub.DatasetFiles, :resolve, ~w(repo_id config_name)a, ~w(revision token)a, :as_is}
  }

  @repo_types %{"model" => :model, "dataset" => :dataset, "space" => :space}

  @lacking %{
    "get_paths_info" => "hf_hub has no function for single paths; list_repo_tree lists folders",
    "scan_cache_dir" => "hf_hub counts files and bytes of its cache, but lists no revisions",
    "load_rows" => "hf_hub finds and fetches data files; it does not read rows"
  }

  @doc "The operations that this version of the library has."
  def names do
    single = for {name, _} <- @functions, has?(name), name != "space_info", do: name
    by_type = if Enum.all?(~w(model_info dataset_info space_info), &has?/1), do: ["repo_info"], else: []
    Enum.sort(single ++ by_type)
  end

  @doc """
  `{:run, operation, function of no arguments}`.

  Or `{:unsupported, reason}` where the library lacks the function or an argument, or `{:unimplemented, reason}`.
  """
  def plan("repo_info", arguments) do
    # The library has a function for each type.
    {type, rest} = Map.pop(arguments, "repo_type")
    type = type || "model"
    if @repo_types[type], do: plan("#{type}_info", rest), else: {:unsupported, no_type(type)}
  end

  def plan(name, arguments) do
    cond do
      @lacking[name] -> {:unsupported, @lacking[name]}
      @functions[name] == nil -> {:unimplemented, "the shim does not know the operation #{inspect(name)}"}
      not has?(name) -> {:unsupported, "hf_hub #{Shim.Library.version()} has no #{signature(name)}"}
      true -> plan_function(name, arguments)
    end
  end

  defp plan_function(name, arguments) do
    {module, function, leading, options, _} = @functions[name]
    # Null is an argument that is not given.
    given = for {key, value} <- arguments, value != nil, into: %{}, do: {key, value}
    {first, rest} = Map.split(given, Enum.map(leading, &to_string/1))
    named = for option <- options || [], into: %{}, do: option_of(option)

    with :ok <- all_there(name, leading, first),
         :ok <- all_known(name, named, rest),
         {:ok, rest} <- option_values(rest) do
      first = Enum.map(leading, &first[to_string(&1)])
      rest = for {key, value} <- rest, do: {named[key], value}
      {:run, name, fn -> run(name, module, function, first, if(options, do: [rest], else: [])) end}
    end
  end

  # The library resolves one split at a time. The files of a config, which is what is asked for here, are those of the
  # splits that it names itself: the one operation that takes several calls.
  defp run("get_data_files", module, function, [repo_id, config], [options]) do
    of_config = if config, do: [{:config, config} | options], else: options

    with {:ok, splits} <- apply(HfHub.Api, :dataset_splits, [repo_id, of_config]) do
      Enum.reduce_while(splits, {:ok, %{}}, fn split, {:ok, files} ->
        case apply(module, function, [repo_id, config, split, options]) do
          {:ok, paths} -> {:cont, {:ok, Map.put(files, split, paths)}}
          error -> {:halt, error}
        end
      end)
    end
  end

  # The requests are sent while the stream is read.
  defp run("read_file", module, function, [], [options]) do
    with {:ok, stream} <- apply(module, function, [options]) do
      {:ok, stream |> Enum.to_list() |> IO.iodata_to_binary()}
    end
  end

  defp run(_, module, function, first, rest), do: apply(module, function, first ++ rest)

  defp has?(name) do
    {module, function, leading, options, _} = @functions[name]
    split = if name == "get_data_files", do: 1, else: 0
    arity = length(leading) + split + if(options, do: 1, else: 0)
    Code.ensure_loaded?(module) and function_exported?(module, function, arity)
  end

  defp signature(name) do
    {module, function, _, _, _} = @functions[name]
    "#{inspect(module)}.#{function}"
  end

  defp option_of({argument, option}), do: {to_string(argument), option}
  defp option_of(option), do: {to_string(option), option}

  # The library takes nil for the config: then it chooses one itself.
  defp all_there(name, leading, given) do
    case Enum.reject(leading -- [:config_name], &given[to_string(&1)]) do
      [] -> :ok
      missing -> {:unsupported, "#{signature(name)} does not work without #{Enum.join(missing, ", ")}"}
    end
  end

  defp all_known(name, known, given) do
    case Map.keys(given) -- Map.keys(known) do
      [] -> :ok
      lacking -> {:unsupported, "#{signature(name)} has no option for #{Enum.join(lacking, ", ")}"}
    end
  end

  defp option_values(given) do
    Enum.reduce_while(given, {:ok, %{}}, fn {key, value}, {:ok, values} ->
      case option_value(key, value) do
        {:ok, value} -> {:cont, {:ok, Map.put(values, key, value)}}
        unsupported -> {:halt, unsupported}
      end
    end)
  end

  defp option_value("repo_type", type) do
    case @repo_types do
      %{^type => atom} -> {:ok, atom}
      _ -> {:unsupported, no_type(type)}
    end
  end

  defp option_value("token", true), do: {:unsupported, "hf_hub has no way to insist on a login (token=True)"}

  defp option_value(key, value) when key in ~w(allow_patterns ignore_patterns) and not is_list(value),
    do: {:unsupported, "#{key} of hf_hub is a list"}

  defp option_value("cache_dir", folder), do: {:ok, Shim.Context.above_the_hub(folder)}

  defp option_value(_, value), do: {:ok, value}

  defp no_type(type), do: "hf_hub knows the types :model, :dataset and :space, not #{inspect(type)}"

  @doc "What the library returned, in the shape of the protocol."
  def value(name, returned) do
    {_, _, _, _, shape} = @functions[name]
    Shim.Values.shape(shape, returned)
  end
end

defmodule Shim.Values do
  @moduledoc "From what the library returns to the values of the protocol. What it doesn't tell is null."

  @info ~w(id author sha created_at private gated disabled downloads downloads_all_time)a ++
          ~w(likes used_storage tags card_data)a

  # The most bytes whose content is sent along.
  @content_needed 65_536

  def shape(:as_is, value), do: value
  def shape(:path, path), do: %{path: path}
  def shape(:cached, path), do: %{path: path}

  def shape(:content, content) do
    digest = Base.encode16(:crypto.hash(:sha256, content), case: :lower)
    base64 = if byte_size(content) <= @content_needed, do: Base.encode64(content)
    %{"$bytes": %{size: byte_size(content), sha256: digest, base64: base64}}
  end

  def shape(:names, files), do: Enum.map(files, & &1.rfilename)
  def shape(:entries, entries), do: Enum.map(entries, &entry/1)
  def shape(:commits, commits), do: Enum.map(commits, &commit/1)

  def shape(:refs, refs) do
    Map.new(~w(branches converts tags pull_requests)a, fn kind ->
      {kind, refs |> Map.fetch!(kind) |> Enum.map(&ref/1)}
    end)
  end

  def shape(:user, user) do
    organizations = Enum.map(user.organizations, &%{name: &1})
    %{name: user.username, email: user.email, fullname: user.fullname, orgs: organizations}
  end

  def shape(:dataset_info, info), do: info(info, ~w(description citation paperswithcode_id)a)
  def shape(:model_info, info), do: info(info, ~w(pipeline_tag library_name config safetensors)a)
  def shape(:space_info, info), do: info(info, ~w(sdk)a)

  defp info(info, further) do
    for(key <- @info ++ further, into: %{}, do: {key, plain(info[key])})
    |> Map.put(:last_modified, plain(info[:updated_at]))
    |> Map.put(:siblings, info[:siblings] && Enum.map(info.siblings, &sibling/1))
  end

  defp sibling(file), do: %{rfilename: file.rfilename, size: file.size, blob_id: nil, lfs: lfs(file.lfs)}

  defp entry(%{type: :folder} = entry),
    do: %{type: "directory", path: entry.path, tree_id: entry.oid, last_commit: nil}

  defp entry(%{type: :file} = entry) do
    %{
      type: "file",
      path: entry.path,
      size: entry.size,
      blob_id: entry.oid,
      lfs: lfs(entry.lfs),
      xet_hash: nil,
      last_commit: nil
    }
  end

  # The library hands the Hub's object through.
  defp lfs(nil), do: nil
  defp lfs(lfs), do: %{sha256: lfs["oid"] || lfs["sha256"], size: lfs["size"], pointer_size: lfs["pointerSize"]}

  # Branches and tags are structs of the library, the others the Hub's objects.
  defp ref(%{name: name, ref: ref, target_commit: commit}), do: %{name: name, ref: ref, target_commit: commit}
  defp ref(%{} = ref), do: %{name: ref["name"], ref: ref["ref"], target_commit: ref["targetCommit"]}

  defp commit(commit) do
    %{
      commit_id: commit.id,
      authors: Enum.map(commit.authors, & &1.name),
      created_at: plain(commit.date),
      title: commit.title,
      message: commit.message,
      formatted_title: nil,
      formatted_message: nil
    }
  end

  defp plain(%DateTime{} = time), do: %{"$timestamp": DateTime.to_iso8601(time)}

  defp plain(value), do: value
end

defmodule Shim.Errors do
  @moduledoc """
  From the library's error reasons to the protocol's kinds.

  The library tells little more than the status: of a 404 it says `:not_found`, and not whether the repository, the
  revision or the file is missing. That is `http_error`, a status of 400 or above that means none of the kinds before
  it, with the status 404.
  """

  @of_status %{400 => "bad_request", 401 => "unauthorized", 403 => "forbidden", 429 => "rate_limited"}

  @of_struct %{
    "RepositoryNotFound" => "repository_not_found",
    "RevisionNotFound" => "revision_not_found",
    "EntryNotFound" => "entry_not_found",
    "RemoteEntryNotFound" => "entry_not_found",
    "LocalEntryNotFound" => "local_entry_not_found",
    "GatedRepo" => "gated_repo",
    "DisabledRepo" => "disabled_repo",
    "BadRequest" => "bad_request",
    "OfflineMode" => "offline",
    "HFValidation" => "invalid_argument",
    "LocalTokenNotFound" => "unauthorized",
    "FileMetadata" => "invalid_response",
    "Req.TransportError" => "connection",
    "Req.HTTPError" => "invalid_response",
    "Req.TooManyRedirectsError" => "redirect",
    "Req.DecompressError" => "invalid_response",
    "Jason.DecodeError" => "invalid_response",
    "File.Error" => "filesystem"
  }

  @connection ~w(closed econnaborted econnrefused econnreset ehostunreach enetunreach epipe nxdomain)a

  @refused_request ~w(invalid_request_target invalid_header_name invalid_header_value)a

  @doc "The fields of an `error` message for a reason in `{:error, reason}`."
  def describe(reason) do
    {kind, status} = classify(reason)
    %{type: "error", kind: kind, native: native(reason), message: message(reason), status: status}
  end

  @doc "The same for a library that raised, threw or exited instead of returning."
  def crashed(:error, exception), do: %{describe(exception) | native: inspect(exception.__struct__)}

  def crashed(kind, value),
    do: %{type: "error", kind: "other", native: to_string(kind), message: message(value), status: nil}

  defp classify(:not_found), do: of_status(404)
  defp classify(:unauthorized), do: of_status(401)
  defp classify(:forbidden), do: of_status(403)
  defp classify({tag, status}) when tag in [:http_error, :server_error], do: of_status(status)
  defp classify({tag, status, _}) when tag in [:http_error, :server_error], do: of_status(status)
  defp classify({:download_failed, results}), do: classify_all(results)
  defp classify({:checksum_mismatch, _, _}), do: {"corrupt", nil}
  defp classify({:sha256_failed, _}), do: {"filesystem", nil}
  defp classify(:invalid_response), do: {"invalid_response", nil}
  defp classify(:no_token), do: {"unauthorized", nil}
  defp classify(:not_cached), do: {"local_entry_not_found", nil}
  defp classify(:no_files_found), do: {"entry_not_found", nil}
  defp classify(:timeout), do: {"timeout", nil}
  defp classify(reason) when reason in @connection, do: {"connection", nil}
  defp classify(%{__struct__: Req.TransportError, reason: :timeout}), do: {"timeout", nil}

  # A request that the HTTP library refuses to send.
  defp classify(%{__struct__: Req.HTTPError, reason: reason})
       when is_tuple(reason) and elem(reason, 0) in @refused_request,
       do: {"invalid_argument", nil}

  defp classify(%{__struct__: module} = error) do
    status = Map.get(error, :status)
    status = if is_integer(status), do: status
    kind = @of_struct[String.replace_prefix(inspect(module), "HfHub.Errors.", "")]

    cond do
      kind -> {kind, status}
      status -> of_status(status)
      true -> {"other", nil}
    end
  end

  defp classify(reason) when is_atom(reason),
    do: {if(posix?(reason), do: "filesystem", else: "other"), nil}

  defp classify(_), do: {"other", nil}

  defp of_status(status) when status in 300..399, do: {"redirect", status}
  defp of_status(status) when status >= 500, do: {"server_error", status}
  defp of_status(status) when status >= 400, do: {@of_status[status] || "http_error", status}
  defp of_status(status), do: {"other", status}

  # Some files of a snapshot failed: for one reason, or for several.
  defp classify_all(results) do
    case results |> Enum.map(&classify_one/1) |> Enum.uniq() do
      [single] -> single
      _ -> {"other", nil}
    end
  end

  defp classify_one({:ok, {:error, reason}}), do: classify(reason)
  defp classify_one(_), do: {"other", nil}

  defp posix?(reason), do: :file.format_error(reason) != ~c"unknown POSIX error"

  defp native(%{__struct__: module}), do: inspect(module)
  defp native(reason) when is_atom(reason), do: inspect(reason)
  defp native(reason) when is_tuple(reason) and tuple_size(reason) > 0, do: native(elem(reason, 0))
  defp native(reason) when is_binary(reason), do: "text"
  defp native(_), do: "term"

  defp message(%{__exception__: true} = error), do: Exception.message(error)
  defp message(reason) when is_binary(reason), do: if(String.valid?(reason), do: reason, else: inspect(reason))
  defp message(reason), do: inspect(reason, limit: 100, printable_limit: 4000)
end

defmodule Shim.Context do
  @moduledoc "The context of a call, as the application's configuration: the library reads nothing else."

  @doc "Why the library cannot run in this context, or nil."
  def lacking(context) do
    cond do
      Enum.any?(context["env"] || %{}, fn {_, value} -> value != nil end) ->
        "hf_hub reads no environment variables, by its own policy; its configuration is the application's"

      context["endpoint"] == nil or context["cache_dir"] == nil ->
        "hf_hub reads no environment variables: without configuration it uses huggingface.co and ~/.cache"

      context["ca_file"] && not has_authorities?() ->
        "Erlang before OTP 25 cannot be told which authority to trust"

      true ->
        nil
    end
  end

  defp has_authorities?,
    do: Code.ensure_loaded?(:public_key) and function_exported?(:public_key, :cacerts_load, 1)

  @doc "Runs a function in the context, and takes back what was set, also by the library."
  def within(context, function) do
    before = Application.get_all_env(:hf_hub)
    set(:endpoint, context["endpoint"])
    set(:token, context["token"])
    set(:cache_dir, context["cache_dir"] && above_the_hub(context["cache_dir"]))
    set(:offline, context["offline"])
    trust(context["ca_file"])

    try do
      function.()
    after
      if context["ca_file"], do: :public_key.cacerts_clear()
      for {key, _} <- Application.get_all_env(:hf_hub), do: Application.delete_env(:hf_hub, key)
      Application.put_all_env(hf_hub: before)
    end
  end

  @doc """
  What the library must be told so that `folder` is its cache of the Hub.

  Its `:cache_dir` is the folder above, as HF_HOME is; it adds `hub` itself. A folder of another name cannot be named.
  """
  def above_the_hub(folder), do: if(Path.basename(folder) == "hub", do: Path.dirname(folder), else: folder)

  defp set(key, nil), do: Application.delete_env(:hf_hub, key)
  defp set(key, value), do: Application.put_env(:hf_hub, key, value)

  # The system's authorities, which HTTP clients in Elixir trust, become these.
  defp trust(nil), do: :ok
  defp trust(file), do: :ok = :public_key.cacerts_load(String.to_charlist(file))
end

defmodule Shim do
  @moduledoc "Reads requests and writes answers until standard input ends or the suite says bye."

  def main do
    device = Shim.Output.reserve()
    # Also compiles: the first call would have to wait for it.
    Shim.Library.start()
    listen(device)
  end

  defp listen(device) do
    case IO.binread(device, :line) do
      line when is_binary(line) ->
        for answer <- answer(Jason.decode(line), line), do: write(device, answer)
        listen(device)

      _ ->
        System.halt(0)
    end
  end

  defp write(device, answer), do: IO.binwrite(device, [Jason.encode!(answer), ?\n])

  # The answer to a line, in a list; an empty one if there is none.
  defp answer({:ok, %{"type" => "bye"}}, _), do: System.halt(0)

  defp answer({:ok, %{"type" => "hello", "id" => id, "oldest" => oldest}}, _) when oldest <= 1 do
    port = %{
      name: "hf_hub_ex",
      version: Shim.Library.version(),
      language: "elixir",
      runtime: "Elixir #{System.version()}, OTP #{System.otp_release()}",
      operations: Shim.Operations.names()
    }

    [%{type: "welcome", id: id, protocol: 1, port: port}]
  end

  defp answer({:ok, %{"type" => "hello"}}, _), do: refuse("this shim speaks version 1 of the protocol only")

  defp answer({:ok, %{"type" => "call", "id" => id} = call}, _) do
    [Map.put(call(call["operation"], call["arguments"], call["context"]), :id, id)]
  end

  defp answer(_, line), do: refuse("this line is no message of the suite: #{String.slice(inspect(line), 0, 200)}")

  defp refuse(text) do
    Shim.Output.say(text)
    []
  end

  # The function takes no token: it asks with the configured one.
  defp call("whoami", %{"token" => token} = arguments, context) when is_binary(token) do
    call("whoami", Map.delete(arguments, "token"), %{context | "token" => token})
  end

  defp call(operation, arguments, context) do
    with {:run, name, function} <- Shim.Operations.plan(operation, arguments),
         nil <- Shim.Context.lacking(context) do
      case Shim.Context.within(context, fn -> apart(function) end) do
        {:returned, {:ok, value}} -> result(Shim.Operations.value(name, value))
        {:returned, value} when is_boolean(value) -> result(value)
        {:returned, {:error, :not_cached}} when name == "try_to_load_from_cache" -> result(nil)
        {:returned, {:error, reason}} -> Shim.Errors.describe(reason)
        {:returned, other} -> Shim.Errors.describe({:unexpected_value, other})
        {:crashed, kind, reason} -> Shim.Errors.crashed(kind, reason)
      end
    else
      {:unimplemented, reason} -> %{type: "unimplemented", reason: reason}
      {:unsupported, reason} -> %{type: "unsupported", reason: reason}
      reason -> %{type: "unsupported", reason: reason}
    end
  end

  defp result(value), do: %{type: "result", value: value}

  # In a process of its own, so that nothing is left of a call that fails: no link, no message, no lock.
  defp apart(function) do
    shim = self()
    run = make_ref()

    {_, monitor} =
      spawn_monitor(fn ->
        outcome =
          try do
            {:returned, function.()}
          catch
            kind, reason ->
              Shim.Output.say("the library failed: " <> Exception.format(kind, reason, __STACKTRACE__))
              {:crashed, kind, Exception.normalize(kind, reason, __STACKTRACE__)}
          end

        send(shim, {run, outcome})
      end)

    receive do
      {^run, outcome} ->
        Process.demonitor(monitor, [:flush])
        outcome

      # A process that the library linked to the call took it down.
      {:DOWN, ^monitor, :process, _, {%{__exception__: true} = exception, _}} ->
        {:crashed, :error, exception}

      {:DOWN, ^monitor, :process, _, reason} ->
        {:crashed, :exit, reason}
    end
  end
end

Shim.main()
