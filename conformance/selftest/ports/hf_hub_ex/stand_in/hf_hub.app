% What Erlang must know of the stand-in to load and start it as it does the library.
{application, hf_hub,
 [{description, "A stand-in for the library hf_hub"},
  {vsn, "0.0.0-stand-in"},
  {applications, [kernel, stdlib, elixir, crypto, inets, ssl, logger]},
  {modules, []},
  {registered, []}]}.
