# JSON in a page, since Elixir has none before 1.18. Jason, or JSON from 1.18 on, does the same and more.
defmodule JSONText do
  def encode(nil), do: "null"
  def encode(value) when is_boolean(value), do: to_string(value)
  def encode(value) when is_atom(value), do: encode(to_string(value))
  def encode(value) when is_number(value), do: to_string(value)
  def encode(value) when is_binary(value), do: [?", for(<<c::utf8 <- value>>, do: escaped(c)), ?"]
  def encode(value) when is_list(value), do: [?[, value |> Enum.map(&encode/1) |> Enum.intersperse(","), ?]]

  def encode(value) when is_map(value) do
    members = Enum.map(value, fn {key, one} -> [encode(to_string(key)), ":", encode(one)] end)
    [?{, Enum.intersperse(members, ","), ?}]
  end

  defp escaped(?"), do: "\\\""
  defp escaped(?\\), do: "\\\\"
  defp escaped(c) when c < 32, do: ["\\u", c |> Integer.to_string(16) |> String.pad_leading(4, "0")]
  defp escaped(c), do: <<c::utf8>>

  def decode(text) do
    {value, rest} = text |> IO.iodata_to_binary() |> value()
    "" = String.trim(rest)
    value
  end

  defp value(<<c, rest::binary>>) when c in ' \t\r\n', do: value(rest)
  defp value("null" <> rest), do: {nil, rest}
  defp value("true" <> rest), do: {true, rest}
  defp value("false" <> rest), do: {false, rest}
  defp value("\"" <> rest), do: string(rest, [])
  defp value("[" <> rest), do: array(blank(rest), [])
  defp value("{" <> rest), do: object(blank(rest), %{})
  defp value(text), do: number(text)

  defp array("]" <> rest, []), do: {[], rest}

  defp array(text, done) do
    {one, rest} = value(text)

    case blank(rest) do
      "," <> rest -> array(blank(rest), [one | done])
      "]" <> rest -> {Enum.reverse([one | done]), rest}
    end
  end

  defp object("}" <> rest, done) when done == %{}, do: {done, rest}

  defp object("\"" <> text, done) do
    {key, rest} = string(text, [])
    ":" <> rest = blank(rest)
    {one, rest} = value(rest)

    case blank(rest) do
      "," <> rest -> object(blank(rest), Map.put(done, key, one))
      "}" <> rest -> {Map.put(done, key, one), rest}
    end
  end

  defp string("\"" <> rest, done), do: {done |> Enum.reverse() |> IO.iodata_to_binary(), rest}
  defp string("\\u" <> rest, done), do: unicode(rest, done)
  defp string(<<?\\, c, rest::binary>>, done), do: string(rest, [unescaped(c) | done])
  defp string(<<c, rest::binary>>, done), do: string(rest, [c | done])

  defp unicode(<<high::binary-4, "\\u", low::binary-4, rest::binary>> = text, done) do
    {first, second} = {String.to_integer(high, 16), String.to_integer(low, 16)}

    if first in 0xD800..0xDBFF do
      string(rest, [<<(first - 0xD800) * 0x400 + second - 0xDC00 + 0x10000::utf8>> | done])
    else
      <<_::binary-4, rest::binary>> = text
      string(rest, [<<first::utf8>> | done])
    end
  end

  defp unicode(<<code::binary-4, rest::binary>>, done), do: string(rest, [<<String.to_integer(code, 16)::utf8>> | done])

  defp unescaped(?n), do: ?\n
  defp unescaped(?t), do: ?\t
  defp unescaped(?r), do: ?\r
  defp unescaped(?b), do: ?\b
  defp unescaped(?f), do: ?\f
  defp unescaped(c), do: c

  defp number(text) do
    [digits] = Regex.run(~r/\A-?\d+(\.\d+)?([eE][+-]?\d+)?/, text, capture: :first)
    rest = binary_part(text, byte_size(digits), byte_size(text) - byte_size(digits))
    {integer, after_it} = Integer.parse(digits)
    if after_it == "", do: {integer, rest}, else: {digits |> Float.parse() |> elem(0), rest}
  end

  defp blank(<<c, rest::binary>>) when c in ' \t\r\n', do: blank(rest)
  defp blank(rest), do: rest
end
