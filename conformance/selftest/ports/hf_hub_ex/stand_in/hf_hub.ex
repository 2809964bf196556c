# A stand-in for the library hf_hub, to test the shim with: the library's public functions, with the same arguments,
# results and errors, over real HTTP, and little else. It says nothing about the library.
#
# It is as noisy as it can be, since the shim has to keep noise away from the protocol.

defmodule Req.TransportError do
  defexception [:reason]
  @impl true
  def message(error), do: inspect(error.reason)
end

defmodule HfHub.Errors.GatedRepo do
  defexception [:message, :status]
end

defmodule HfHub.StandIn do
  @moduledoc "HTTP, and what goes wrong on request."

  require Logger

  @known %{
    "not-found" => :not_found,
    "forbidden" => :forbidden,
    "bad-request" => {:http_error, 400, %{"error" => "No."}},
    "too-many" => {:http_error, 429},
    "teapot" => {:http_error, 418, ""},
    "unavailable" => {:server_error, 503, ""},
    "timeout" => %Req.TransportError{reason: :timeout},
    "refused" => %Req.TransportError{reason: :econnrefused},
    "gated" => %HfHub.Errors.GatedRepo{message: "Ask first.", status: 403},
    "full-disk" => :enospc,
    "damaged" => {:checksum_mismatch, "a", "b"},
    "some-missing" => {:download_failed, [{:ok, {:error, :not_found}}, {:ok, {:error, :not_found}}]},
    "some-missing-some-not" => {:download_failed, [{:ok, {:error, :not_found}}, {:exit, :killed}]},
    "no-json" => %Jason.DecodeError{data: "<html>"},
    "odd" => {:odd, "Straße", <<255>>}
  }

  @doc "What a call about a repository of the owner `stand-in` ends with, if it is one."
  def misfortune("stand-in/raises"), do: raise(ArgumentError, "out of luck")
  def misfortune("stand-in/throws"), do: throw(:out_of_luck)
  def misfortune("stand-in/exits"), do: exit(:out_of_luck)
  def misfortune("stand-in/kills"), do: Process.exit(self(), :kill)

  def misfortune("stand-in/loses-a-task") do
    Task.await(Task.async(fn -> raise "out of luck" end))
  end

  def misfortune("stand-in/logs-in") do
    Application.put_env(:hf_hub, :token, "left behind")
    Application.put_env(:hf_hub, :http_opts, receive_timeout: 1)
    {:error, :not_found}
  end

  def misfortune("stand-in/remembers"),
    do: {:error, {:remembered, Enum.sort(Application.get_all_env(:hf_hub)), Process.get()}}

  def misfortune("stand-in/" <> name), do: {:error, Map.fetch!(@known, name)}
  def misfortune(_), do: nil

  def endpoint, do: Application.get_env(:hf_hub, :endpoint, "https://huggingface.co")

  @doc "The JSON at a path of the Hub's API."
  def get(path, options, query \\ []) do
    with {:ok, body, _} <- request(:get, url(path, query), options), do: Jason.decode(body)
  end

  @doc "All pages of a listing."
  def pages(path, options, query), do: pages_from(url(path, query), options)

  defp pages_from(url, options) do
    with {:ok, body, headers} <- request(:get, url, options), {:ok, items} <- Jason.decode(body) do
      case Regex.run(~r/<([^>]+)>; *rel="next"/, headers["link"] || "") do
        nil -> {:ok, items}
        [_, next] -> with {:ok, more} <- pages_from(next, options), do: {:ok, items ++ more}
      end
    end
  end

  @doc "`{:ok, body, headers}` of the last of the redirects."
  def request(method, url, options, hops \\ 10) do
    # Noise of every kind.
    IO.puts("#{method} #{url}")
    :io.format(:user, ~c"~s~n", [url])
    Logger.warning("asking for #{url}")
    :logger.warning("asking for ~s", [url])

    token = if options[:token] == nil, do: Application.get_env(:hf_hub, :token), else: options[:token]
    sent = [{~c"user-agent", ~c"stand-in"} | if(token, do: [{~c"authorization", ~c"Bearer #{token}"}], else: [])]
    ssl = [verify: :verify_peer, cacerts: authorities(url), customize_hostname_check: [match_fun: &same_host/2]]

    case :httpc.request(method, {to_charlist(url), sent}, [autoredirect: false, ssl: ssl], body_format: :binary) do
      {:ok, {{_, status, _}, headers, body}} ->
        headers = Map.new(headers, fn {name, value} -> {to_string(name), to_string(value)} end)
        answered(method, status, headers, body, url, options, hops)

      {:error, reason} ->
        {:error, %Req.TransportError{reason: reason}}
    end
  end

  defp answered(method, status, %{"location" => to} = headers, body, url, options, hops) when status in 300..399 do
    next = url |> URI.merge(to) |> to_string()
    options = if URI.parse(next).host == URI.parse(url).host, do: options, else: [token: false]

    if hops > 0,
      do: request(method, next, options, hops - 1),
      else: answered(method, status, Map.delete(headers, "location"), body, url, options, 0)
  end

  defp answered(_, status, headers, body, _, _, _) when status in 200..299, do: {:ok, body, headers}
  defp answered(_, 401, _, _, _, _, _), do: {:error, :unauthorized}
  defp answered(_, 403, _, _, _, _, _), do: {:error, :forbidden}
  defp answered(_, 404, _, _, _, _, _), do: {:error, :not_found}
  defp answered(_, status, _, body, _, _, _), do: {:error, {:http_error, status, body}}

  # httpc takes an address for a name.
  defp same_host({:dns_id, host}, {:iPAddress, address}), do: to_string(host) == Enum.join(address, ".")
  defp same_host(_, _), do: :default

  defp authorities("https" <> _), do: :public_key.cacerts_get()
  defp authorities(_), do: []

  def url(path, query), do: endpoint() <> path <> if(query == [], do: "", else: "?" <> URI.encode_query(query))

  def resolve_url(repo_id, filename, options) do
    prefix = if type(options) == :model, do: "", else: "/#{type(options)}s"
    url("#{prefix}/#{repo_id}/resolve/#{encode(revision(options))}/#{encode(filename, ~c"/")}", [])
  end

  def type(options), do: options[:repo_type] || :model
  def revision(options), do: options[:revision] || "main"
  def encode(text, kept \\ []), do: URI.encode(text, &(URI.char_unreserved?(&1) or &1 in kept))

  def time(text) do
    with text when is_binary(text) <- text, {:ok, time, _} <- DateTime.from_iso8601(text), do: time, else: (_ -> nil)
  end

  def snapshot(repo_id, options) do
    folder = Enum.join(["#{type(options)}s" | String.split(repo_id, "/")], "--")
    Path.join([Application.fetch_env!(:hf_hub, :cache_dir), "hub", folder, "snapshots", revision(options)])
  end
end

defmodule HfHub do
  def try_to_load_from_cache(repo_id, filename, options \\ []) do
    path = Path.join(HfHub.StandIn.snapshot(repo_id, options), filename)
    if File.exists?(path), do: {:ok, path}, else: {:error, :not_cached}
  end
end

defmodule HfHub.Api do
  alias HfHub.StandIn

  def dataset_info(repo_id, options \\ []), do: info("datasets", repo_id, options)
  def model_info(repo_id, options \\ []), do: info("models", repo_id, options)
  def space_info(repo_id, options \\ []), do: info("spaces", repo_id, options)

  def list_repo_tree(repo_id, options \\ []) do
    below = if path = options[:path_in_repo], do: "/" <> StandIn.encode(path, ~c"/"), else: ""
    query = for key <- [:recursive, :expand], options[key], do: {key, true}
    place = "/api/#{StandIn.type(options)}s/#{repo_id}/tree/#{StandIn.encode(StandIn.revision(options))}#{below}"

    with {:ok, items} <- StandIn.pages(place, options, query) do
      {:ok,
       for item <- items do
         type = if item["type"] == "file", do: :file, else: :folder
         %{type: type, path: item["path"], size: item["size"], lfs: item["lfs"], oid: item["oid"]}
       end}
    end
  end

  def list_files(repo_id, options \\ []) do
    with {:ok, entries} <- list_repo_tree(repo_id, Keyword.put_new(options, :recursive, true)) do
      {:ok, for(%{type: :file} = entry <- entries, do: %{rfilename: entry.path, size: entry.size, lfs: entry.lfs})}
    end
  end

  def dataset_configs(repo_id, options \\ []) do
    with {:ok, info} <- StandIn.get("/api/datasets/#{repo_id}", options) do
      {:ok, for(config <- info["cardData"]["configs"] || [], do: config["config_name"])}
    end
  end

  def dataset_splits(repo_id, options \\ []) do
    with {:ok, files} <- list_files(repo_id, [repo_type: :dataset] ++ Keyword.delete(options, :config)) do
      found = for file <- files, [_, split] <- [Regex.run(~r"^#{options[:config]}/(\w+)-", file.rfilename)], do: split
      {:ok, Enum.uniq(found)}
    end
  end

  defp info(kind, repo_id, options) do
    place = if at = options[:revision], do: "/revision/#{StandIn.encode(at)}", else: ""

    with nil <- StandIn.misfortune(repo_id), {:ok, info} <- StandIn.get("/api/#{kind}/#{repo_id}#{place}", options) do
      same = ~w(id author sha downloads likes tags pipeline_tag sdk)a
      siblings = for one <- info["siblings"] || [], do: %{rfilename: one["rfilename"], size: one["size"], lfs: nil}

      {:ok,
       for(key <- same, into: %{}, do: {key, info[to_string(key)]})
       |> Map.merge(%{
         siblings: siblings,
         created_at: StandIn.time(info["createdAt"]),
         updated_at: StandIn.time(info["lastModified"])
       })}
    end
  end
end

defmodule HfHub.DatasetFiles do
  def resolve(repo_id, config, split, options \\ []) do
    with {:ok, files} <- HfHub.Api.list_files(repo_id, [repo_type: :dataset] ++ options) do
      case for(file <- files, String.starts_with?(file.rfilename, "#{config}/#{split}-"), do: file.rfilename) do
        [] -> {:error, :no_files_found}
        paths -> {:ok, Enum.sort(paths)}
      end
    end
  end
end

defmodule HfHub.Download do
  alias HfHub.StandIn

  def hf_hub_download(options) do
    {repo_id, filename} = {Keyword.fetch!(options, :repo_id), Keyword.fetch!(options, :filename)}
    path = Path.join(StandIn.snapshot(repo_id, options), filename)

    if File.exists?(path) and not Keyword.get(options, :force_download, false) do
      {:ok, path}
    else
      with {:ok, body, _} <- StandIn.request(:get, StandIn.resolve_url(repo_id, filename, options), options),
           :ok <- File.mkdir_p(Path.dirname(path)),
           :ok <- File.write(path, body),
           do: {:ok, path}
    end
  end

  def snapshot_download(options) do
    repo_id = Keyword.fetch!(options, :repo_id)

    with {:ok, files} <- HfHub.Api.list_files(repo_id, options) do
      asked = Enum.filter(files, &(options[:allow_patterns] == nil or &1.rfilename in options[:allow_patterns]))
      results = Enum.map(asked, &{:ok, hf_hub_download([filename: &1.rfilename] ++ options)})
      failed = Enum.filter(results, &match?({:ok, {:error, _}}, &1))
      if failed == [], do: {:ok, StandIn.snapshot(repo_id, options)}, else: {:error, {:download_failed, failed}}
    end
  end

  def download_stream(options) do
    url = StandIn.resolve_url(options[:repo_id], options[:filename], options)
    with {:ok, body, _} <- StandIn.request(:get, url, options), do: {:ok, for(<<byte <- body>>, do: <<byte>>)}
  end
end

defmodule HfHub.Repo do
  alias HfHub.StandIn

  def exists?(repo_id, options \\ []), do: there?("/api/#{StandIn.type(options)}s/#{repo_id}", options)

  def revision_exists?(repo_id, revision, options \\ []),
    do: there?("/api/#{StandIn.type(options)}s/#{repo_id}/revision/#{StandIn.encode(revision)}", options)

  def file_exists?(repo_id, filename, options \\ []),
    do: match?({:ok, _, _}, StandIn.request(:head, StandIn.resolve_url(repo_id, filename, options), options))

  defp there?(path, options), do: match?({:ok, _}, StandIn.get(path, options))
end

defmodule HfHub.Git.Ref do
  defstruct [:name, :ref, :target_commit]
end

defmodule HfHub.Git do
  alias HfHub.StandIn

  def list_refs(repo_id, options \\ []) do
    query = if options[:include_pull_requests], do: [include_prs: 1], else: []

    with {:ok, refs} <- StandIn.get("/api/#{StandIn.type(options)}s/#{repo_id}/refs", options, query) do
      {:ok,
       %{
         branches: Enum.map(refs["branches"], &ref/1),
         tags: Enum.map(refs["tags"], &ref/1),
         converts: refs["converts"],
         pull_requests: refs["pullRequests"] || []
       }}
    end
  end

  def list_commits(repo_id, options \\ []) do
    place = "/api/#{StandIn.type(options)}s/#{repo_id}/commits/#{StandIn.encode(StandIn.revision(options))}"

    with {:ok, commits} <- StandIn.get(place, options) do
      {:ok,
       for commit <- commits do
         authors = for author <- commit["authors"], do: %{name: author["user"], email: ""}

         %{id: commit["id"], title: commit["title"], message: commit["message"], authors: authors}
         |> Map.put(:date, StandIn.time(commit["date"]))
       end}
    end
  end

  defp ref(ref), do: %HfHub.Git.Ref{name: ref["name"], ref: ref["ref"], target_commit: ref["targetCommit"]}
end

defmodule HfHub.Auth do
  def whoami do
    case Application.get_env(:hf_hub, :token) do
      nil ->
        {:error, :no_token}

      _ ->
        with {:ok, user} <- HfHub.StandIn.get("/api/whoami-v2", []) do
          organizations = Enum.map(user["orgs"] || [], & &1["name"])

          {:ok,
           %{username: user["name"], email: user["email"], fullname: user["fullname"], organizations: organizations}}
        end
    end
  end
end
