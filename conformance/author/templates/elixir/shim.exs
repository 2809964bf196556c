# The shim of @NAME@: reads calls from standard input, a JSON object a line, and answers each on standard output.
#
# With a library from Hex, begin with Mix.install([{:your_library, "~> 1.0"}, {:jason, "~> 1.4"}]), or with
# Code.append_path of each ebin folder of `mix compile`; Jason then takes the place of json.exs.
Code.require_file("json.exs", __DIR__)
Code.require_file("client.exs", __DIR__)

defmodule Shim do
  # One operation is one public call of the library, with the arguments that it takes.
  @operations %{
    "hf_hub_download" => ~w(repo_id filename repo_type revision token cache_dir),
    "dataset_info" => ~w(repo_id revision token)
  }

  # Your library here.
  defp call("hf_hub_download", hub, given) do
    type = given["repo_type"] || "model"

    with {:ok, path} <- Client.download(hub, type, given["repo_id"], given["filename"], given["revision"] || "main") do
      {:ok, %{"path" => Path.expand(path)}}
    end
  end

  defp call("dataset_info", hub, given) do
    with {:ok, info} <- Client.dataset_info(hub, given["repo_id"], given["revision"]) do
      siblings =
        for one <- info["siblings"], do: %{"rfilename" => one["rfilename"], "size" => nil, "blob_id" => nil, "lfs" => nil}

      # nil for what the library does not know
      {:ok,
       %{
         "id" => info["id"],
         "author" => info["author"],
         "sha" => info["sha"],
         "created_at" => timestamp(info["createdAt"]),
         "last_modified" => timestamp(info["lastModified"]),
         "private" => info["private"],
         "gated" => info["gated"],
         "disabled" => info["disabled"],
         "downloads" => info["downloads"],
         "downloads_all_time" => nil,
         "likes" => info["likes"],
         "used_storage" => info["usedStorage"],
         "tags" => info["tags"],
         "siblings" => siblings,
         "card_data" => info["cardData"],
         "description" => info["description"],
         "citation" => info["citation"],
         "paperswithcode_id" => info["paperswithcode_id"]
       }}
    end
  end

  # JSON has no times.
  defp timestamp(nil), do: nil
  defp timestamp(text), do: %{"$timestamp" => text}

  # The library's errors, each as one of the kinds in `hub-conformance docs protocol`.
  @kinds %{
    repository_not_found: "repository_not_found",
    gated_repo: "gated_repo",
    revision_not_found: "revision_not_found",
    entry_not_found: "entry_not_found",
    offline: "offline",
    connection: "connection",
    invalid_argument: "invalid_argument",
    invalid_response: "invalid_response",
    http_error: "http_error"
  }

  def main do
    # Elixir's logger writes to standard output, which belongs to the protocol.
    if Code.ensure_loaded?(Logger.Backends.Console), do: Logger.configure_backend(:console, device: :standard_error)
    :logger.set_primary_config(:level, :error)
    :io.setopts(:standard_io, encoding: :latin1)
    loop()
  end

  defp loop do
    case IO.binread(:stdio, :line) do
      :eof -> :ok
      line -> line |> JSONText.decode() |> reply()
    end
  end

  defp reply(%{"type" => "bye"}), do: :ok

  defp reply(message) do
    made = if message["type"] == "hello", do: welcome(), else: answer(message)
    IO.binwrite(:stdio, [JSONText.encode(Map.put(made, "id", message["id"])), "\n"])
    loop()
  end

  defp welcome do
    port = %{
      "name" => "@NAME@",
      "version" => Client.version(),
      "language" => "elixir",
      "runtime" => "Elixir #{System.version()}, OTP #{System.otp_release()}",
      "operations" => Map.keys(@operations)
    }

    %{"type" => "welcome", "protocol" => 1, "port" => port}
  end

  defp answer(%{"operation" => operation, "arguments" => given, "context" => context}) do
    takes = @operations[operation]
    lacking = Map.keys(given) -- (takes || [])

    cond do
      takes == nil -> %{"type" => "unimplemented", "reason" => "the shim does not know #{operation}"}
      lacking != [] -> %{"type" => "unsupported", "reason" => "#{operation} has no parameter #{Enum.join(lacking, ", ")}"}
      true -> operation |> tried(hub(given, context), given) |> result()
    end
  end

  # What the library raises is an error like one that it returns.
  defp tried(operation, hub, given) do
    call(operation, hub, given)
  rescue
    error -> {:error, {error.__struct__, Exception.message(error), nil}}
  end

  defp hub(given, context) do
    %{
      endpoint: context["endpoint"] || "https://huggingface.co",
      cache_dir: given["cache_dir"] || context["cache_dir"] || Path.expand("~/.cache/huggingface/hub"),
      token: if(given["token"] in [nil, true], do: context["token"], else: given["token"]),
      offline: context["offline"],
      ca_file: context["ca_file"]
    }
  end

  defp result({:ok, value}), do: %{"type" => "result", "value" => value}

  defp result({:error, {name, message, status}}) do
    kind = Map.get(@kinds, name, "other")
    %{"type" => "error", "kind" => kind, "native" => inspect(name), "message" => message, "status" => status}
  end
end

Shim.main()
