# A toy client in the place of your library: plain HTTP, nothing verified, nothing retried. Replace it.
defmodule Client do
  @codes %{
    "RepoNotFound" => :repository_not_found,
    "GatedRepo" => :gated_repo,
    "RevisionNotFound" => :revision_not_found,
    "EntryNotFound" => :entry_not_found
  }

  def version, do: "0.0.0"

  def dataset_info(hub, repo_id, revision) do
    below = if revision, do: "/revision/" <> quoted(revision), else: ""

    with {:ok, _, body} <- get(hub, "#{hub.endpoint}/api/datasets/#{repo_id}#{below}") do
      {:ok, JSONText.decode(body)}
    end
  rescue
    _ in [FunctionClauseError, CaseClauseError, MatchError] -> {:error, {:invalid_response, "no JSON", nil}}
  end

  def download(hub, repo_type, repo_id, filename, revision) do
    parts = String.split(filename, "/")
    kind = if repo_type == "model", do: "", else: repo_type <> "s/"
    name = Enum.map_join(parts, "/", &quoted/1)
    url = "#{hub.endpoint}/#{kind}#{repo_id}/resolve/#{quoted(revision)}/#{name}"

    with :ok <- inside(parts),
         {:ok, headers, body} <- get(hub, url),
         {:ok, commit} <- commit(headers) do
      folder = "#{repo_type}s--#{String.replace(repo_id, "/", "--")}"
      path = Path.join([hub.cache_dir, folder, "snapshots", commit | parts])
      File.mkdir_p!(Path.dirname(path))
      File.write!(path, body)
      {:ok, path}
    end
  end

  defp inside(parts) do
    if ".." in parts or hd(parts) == "",
      do: {:error, {:invalid_argument, "no path in a repository", nil}},
      else: :ok
  end

  defp commit(headers) do
    case headers["x-repo-commit"] do
      nil -> {:error, {:invalid_response, "the Hub did not send the commit of the file", nil}}
      commit -> {:ok, commit}
    end
  end

  # The headers of the first answer, and the body of the last.
  defp get(hub, url, first \\ nil, hops \\ 5)
  defp get(%{offline: true}, _, _, _), do: {:error, {:offline, "the client is offline", nil}}
  defp get(_, _, _, 0), do: {:error, {:redirect, "too many redirects", nil}}

  defp get(hub, url, first, hops) do
    {:ok, _} = Application.ensure_all_started(:inets)
    {:ok, _} = Application.ensure_all_started(:ssl)
    own = hub.token != nil and hub.token != false and String.starts_with?(url, hub.endpoint <> "/")
    token = if own, do: [{'authorization', String.to_charlist("Bearer #{hub.token}")}], else: []
    headers = [{'user-agent', '@NAME@/0.0.0'}, {'connection', 'close'} | token]
    options = [autoredirect: false, timeout: 10_000] ++ tls(url, hub)

    case :httpc.request(:get, {String.to_charlist(url), headers}, options, body_format: :binary) do
      {:ok, {{_, status, _}, fields, body}} ->
        fields = Map.new(fields, fn {name, value} -> {to_string(name), to_string(value)} end)
        answered(hub, url, first || fields, hops, status, fields, body)

      {:error, reason} ->
        {:error, {:connection, inspect(reason), nil}}
    end
  end

  defp tls("https:" <> _, hub) do
    trusted =
      if hub.ca_file,
        do: [cacertfile: String.to_charlist(hub.ca_file)],
        else: [cacerts: :public_key.cacerts_get()]

    names = [match_fun: :public_key.pkix_verify_hostname_match_fun(:https)]
    [ssl: [verify: :verify_peer, customize_hostname_check: names] ++ trusted]
  end

  defp tls(_, _), do: []

  defp answered(hub, url, first, hops, status, %{"location" => location}, _) when status in 300..399 do
    get(hub, url |> URI.merge(location) |> to_string(), first, hops - 1)
  end

  defp answered(_, _, _, _, status, fields, _) when status >= 400 do
    message = fields["x-error-message"] || "the Hub answered #{status}"
    {:error, {Map.get(@codes, fields["x-error-code"], :http_error), message, status}}
  end

  defp answered(_, _, first, _, _, _, body), do: {:ok, first, body}

  defp quoted(text), do: URI.encode(text, &URI.char_unreserved?/1)
end
