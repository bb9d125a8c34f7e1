-- What wrk asks: the addresses of a file, one after the other, with the cookie of a session.
--   wrk … -s bench/charge.lua URL -- ADRESSES COOKIE page|fragment|gzip|jeton|drf
-- BANC_ATTENTE_MS: each connection waits so long before each request, as a person would.

local MODES = {
  page = {},
  -- A program: what stands for the cookie is its token.
  jeton = {},
  drf = {},
  -- As htmx asks for a part of a page.
  fragment = { ["HX-Request"] = "true", ["HX-Request-Type"] = "partial" },
  gzip = { ["HX-Request"] = "true", ["HX-Request-Type"] = "partial", ["Accept-Encoding"] = "gzip" },
}

local threads = 0
local attente = tonumber(os.getenv("BANC_ATTENTE_MS") or "")

-- Each thread begins elsewhere in the file, so that two of them do not ask the same at once.
function setup(thread)
  thread:set("numero", threads)
  threads = threads + 1
end

function init(arguments)
  local adresses, cookie, mode = arguments[1], arguments[2], arguments[3]
  local entetes = {}
  for nom, valeur in pairs(assert(MODES[mode], "mode inconnu")) do entetes[nom] = valeur end
  if cookie ~= "-" then
    local texte = assert(io.open(cookie)):read("*l")
    if mode == "jeton" then entetes["Authorization"] = "Bearer " .. texte
    elseif mode == "drf" then entetes["Authorization"] = "Token " .. texte
    else entetes["Cookie"] = texte end
  end
  entetes["Host"] = wrk.headers["Host"]
  demandes = {}
  for adresse in io.lines(adresses) do
    demandes[#demandes + 1] = wrk.format("GET", adresse, entetes)
  end
  assert(#demandes > 0, "aucune adresse")
  rang = numero * math.floor(#demandes / 2)
end

function request()
  rang = rang % #demandes + 1
  return demandes[rang]
end

if attente then
  function delay() return attente end
end

function done(resume, temps)
  local e = resume.errors
  io.write(string.format(
    'RESULTAT %d %d %d %d %d %d\n', resume.requests, resume.duration,
    temps:percentile(50), temps:percentile(99), e.connect + e.read + e.write + e.timeout, e.status))
end
