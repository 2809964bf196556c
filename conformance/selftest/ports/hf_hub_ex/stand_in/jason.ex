defmodule Jason.DecodeError do
  @moduledoc "A text is no JSON."
  defexception [:data]

  @impl true
  def message(error), do: "unexpected end or byte before #{inspect(String.slice(error.data, 0, 20))}"
end

defmodule Jason do
  @moduledoc "As much of the library's JSON package as the stand-in and the shim need."

  @escapes %{?b => "\b", ?f => "\f", ?n => "\n", ?r => "\r", ?t => "\t", ?" => "\"", ?\\ => "\\", ?/ => "/"}

  def decode(text) do
    {value, rest} = text |> blank() |> value()
    if blank(rest) == "", do: {:ok, value}, else: fail(rest)
  catch
    %Jason.DecodeError{} = error -> {:error, error}
  end

  def encode!(nil), do: "null"
  def encode!(value) when is_boolean(value) or is_integer(value), do: to_string(value)
  def encode!(value) when is_float(value), do: Float.to_string(value)
  def encode!(value) when is_atom(value), do: value |> Atom.to_string() |> encode!()
  def encode!(values) when is_list(values), do: "[" <> Enum.map_join(values, ",", &encode!/1) <> "]"

  def encode!(text) when is_binary(text) do
    escaped =
      for <<point::utf8 <- text>>, into: "" do
        cond do
          point in [?", ?\\] -> <<?\\, point>>
          point < 0x20 -> "\\u" <> String.pad_leading(Integer.to_string(point, 16), 4, "0")
          true -> <<point::utf8>>
        end
      end

    "\"" <> escaped <> "\""
  end

  def encode!(%{} = object) do
    "{" <> Enum.map_join(object, ",", fn {key, value} -> encode!(to_string(key)) <> ":" <> encode!(value) end) <> "}"
  end

  defp value("null" <> rest), do: {nil, rest}
  defp value("true" <> rest), do: {true, rest}
  defp value("false" <> rest), do: {false, rest}
  defp value("\"" <> rest), do: text(rest, "")
  defp value("[" <> rest), do: list(blank(rest), [])
  defp value("{" <> rest), do: object(blank(rest), %{})

  defp value(text) do
    case Regex.run(~r/^-?\d+(\.\d+)?([eE][-+]?\d+)?/, text) do
      nil -> fail(text)
      [number] -> {String.to_integer(number), rest(text, number)}
      [number | _] -> {elem(Float.parse(number), 0), rest(text, number)}
    end
  end

  defp rest(text, start), do: binary_part(text, byte_size(start), byte_size(text) - byte_size(start))

  defp list("]" <> rest, values), do: {Enum.reverse(values), rest}

  defp list(text, values) do
    {value, rest} = value(text)

    case blank(rest) do
      "," <> rest -> list(blank(rest), [value | values])
      "]" <> _ = rest -> list(rest, [value | values])
      rest -> fail(rest)
    end
  end

  defp object("}" <> rest, members), do: {members, rest}

  defp object("\"" <> rest, members) do
    {key, rest} = text(rest, "")
    rest = with ":" <> rest <- blank(rest), do: blank(rest), else: (rest -> fail(rest))
    {value, rest} = value(rest)

    case blank(rest) do
      "," <> rest -> object(blank(rest), Map.put(members, key, value))
      "}" <> _ = rest -> object(rest, Map.put(members, key, value))
      rest -> fail(rest)
    end
  end

  defp object(text, _), do: fail(text)

  defp text("\"" <> rest, read), do: {read, rest}

  defp text(<<"\\u", high::binary-4, "\\u", low::binary-4, rest::binary>>, read)
       when high >= "d800" and high < "dc00" do
    point = 0x10000 + (String.to_integer(high, 16) - 0xD800) * 0x400 + String.to_integer(low, 16) - 0xDC00
    text(rest, <<read::binary, point::utf8>>)
  end

  defp text(<<"\\u", hex::binary-4, rest::binary>>, read),
    do: text(rest, <<read::binary, String.to_integer(hex, 16)::utf8>>)

  defp text(<<"\\", letter, rest::binary>>, read), do: text(rest, read <> @escapes[letter])
  defp text(<<byte, rest::binary>>, read), do: text(rest, <<read::binary, byte>>)
  defp text("", _), do: fail("")

  defp blank(<<byte, rest::binary>>) when byte in ~c" \t\r\n", do: blank(rest)
  defp blank(text), do: text

  defp fail(text), do: throw(%Jason.DecodeError{data: text})
end
