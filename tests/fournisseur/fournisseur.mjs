// A real identity provider (npm oidc-provider) for the tests, with the faults that providers have.
//
//   node tests/fournisseur/fournisseur.mjs --retour http://localhost:8000/connexion/externe/retour [--port N] [--proconnect] [--reste]
//
// The first line on the standard output is its issuer. People: whatever is typed as their name signs them in. Beside the
// protocol it answers `POST /essai/<order>`, by which a test makes it fail:
//   panne        answers 503 to everything          lent         keeps the exchange of the code for nine seconds
//   faux         signs with a key that it does not publish       tourne   changes its key, as providers do without a word
//   horloge?s=N  its clock is N seconds away         niveau?acr=X what it says of how sure it is
//   annuaire?idp=X  the directory that the person comes from     bien     ends panne, lent, faux and the rest
// `--proconnect` speaks as ProConnect does: the profile is a signed token, the secret comes in the form, PKCE is refused.
import http from 'node:http';
import { generateKeyPairSync, createSign } from 'node:crypto';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: { retour: { type: 'string' }, port: { type: 'string', default: '0' }, proconnect: { type: 'boolean', default: false }, reste: { type: 'boolean', default: false } },
});
// The library warns at import about Node 20, on the standard error.
const { Provider } = await import('oidc-provider');

const state = { panne: false, lent: 0, faux: false, horloge: 0, acr: undefined, idp: undefined, cle: 1 };
const places = new URL(options.retour).origin;

const pair = (kid) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
};
const keys = [pair('cle-1')];
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const account = (id) => ({
  accountId: id,
  claims: () => ({
    sub: id,
    email: id.includes('@') ? id : `${id}@annuaire.example`,
    ...(options.proconnect ? { siret: '21971113200014', idp_id: state.idp ?? 'annuaire-1', given_name: 'A', usual_name: 'B', uid: id } : {}),
  }),
});

const made = () =>
  new Provider(issuer, {
    clients: [
      {
        client_id: 'gardel',
        client_secret: 'un secret: avec % des signes',
        redirect_uris: [options.retour],
        post_logout_redirect_uris: [`${places}/connexion/externe/fin`],
        token_endpoint_auth_method: options.proconnect ? 'client_secret_post' : 'client_secret_basic',
        ...(options.proconnect ? { userinfo_signed_response_alg: 'RS256' } : {}),
      },
    ],
    jwks: { keys },
    cookies: { keys: ['essai'] },
    findAccount: (_, id) => account(id),
    claims: { openid: ['sub'], email: ['email'], ...(options.proconnect ? { siret: ['siret'], idp_id: ['idp_id'] } : {}) },
    scopes: options.proconnect ? ['siret', 'idp_id'] : [],
    acrValues: ['eidas1', 'eidas1-mfa', 'eidas2'],
    pkce: { required: () => !options.proconnect, methods: ['S256'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false }, jwtUserinfo: { enabled: options.proconnect }, rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource } },
    interactions: { url: (_, interaction) => `/entree/${interaction.uid}` },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid email siret idp_id');
      await grant.save();
      return grant;
    },
    ttl: { AuthorizationCode: 30, AccessToken: 60, IdToken: 120, Interaction: 600, Session: 3600, Grant: 3600 },
  });

function logoutSource(ctx, form) {
  ctx.body = `<!DOCTYPE html><title>Fin</title><h1>Annuaire d'essai</h1>${form}<button form="op.logoutForm" type="submit" name="logout" value="yes">Oui</button>`;
}
function postLogoutSuccessSource(ctx) {
  ctx.body = '<!DOCTYPE html><title>Fin</title><p>Terminé.</p>';
}

const body = async (request) => {
  let text = '';
  for await (const part of request) text += part;
  return new URLSearchParams(text);
};

// The page where a person says who they are: their name is enough.
async function entree(request, response, uid) {
  if (request.method !== 'POST') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<!DOCTYPE html><html lang="fr"><title>Annuaire d'essai</title><h1>Annuaire d'essai</h1>
      <form method="post" action="/entree/${uid}"><label>Nom <input name="nom" autofocus></label> <button>Entrer</button>
      <button name="refus" value="1">Refuser</button></form></html>`);
    return;
  }
  const form = await body(request);
  const result = form.get('refus')
    ? { error: 'access_denied' }
    : { login: { accountId: form.get('nom'), ...(state.acr ? { acr: state.acr } : {}) } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

// What a token says, signed anew with a key that nobody published, or with another hour in it.
function altered(token) {
  const [head, payload] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  const moved = { ...payload, ...(payload.iat ? { iat: payload.iat + state.horloge, exp: payload.exp + state.horloge } : {}) };
  const coded = [head, moved].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const key = state.faux ? stranger : { key: keys.at(0), format: 'jwk' };
  return `${coded}.${createSign('RSA-SHA256').update(coded).sign(key).toString('base64url')}`;
}

// The answer of the token endpoint passes here, so that a test can alter it.
function intercepted(response) {
  const { end } = response;
  response.end = function altering(chunk, ...rest) {
    try {
      const answer = JSON.parse(chunk);
      if (answer.id_token) {
        const text = JSON.stringify({ ...answer, id_token: altered(answer.id_token) });
        response.setHeader('Content-Length', Buffer.byteLength(text));
        return end.call(this, text, ...rest);
      }
    } catch {
      // Not an answer with a token: as it is.
    }
    return end.call(this, chunk, ...rest);
  };
}

let provider;
let issuer;
const orders = {
  panne: () => (state.panne = true),
  lent: (query) => (state.lent = Number(query.get('ms') ?? 9000)),
  faux: () => (state.faux = true),
  horloge: (query) => (state.horloge = Number(query.get('s'))),
  niveau: (query) => (state.acr = query.get('acr') || undefined),
  annuaire: (query) => (state.idp = query.get('idp')),
  tourne: () => {
    state.cle += 1;
    keys.unshift(pair(`cle-${state.cle}`));
    keys.length = 1;
    provider = made();
  },
  bien: () => Object.assign(state, { panne: false, lent: 0, faux: false, horloge: 0, acr: undefined, idp: undefined }),
};

const server = http.createServer(async (request, response) => {
  try {
    const url = new URL(request.url, 'http://localhost');
    const order = url.pathname.match(/^\/essai\/(\w+)$/);
    if (order && request.method === 'POST') {
      orders[order[1]](url.searchParams);
      return response.end('fait');
    }
    if (state.panne) {
      response.statusCode = 503;
      return response.end('en panne');
    }
    const uid = url.pathname.match(/^\/entree\/([\w-]+)$/);
    if (uid) return await entree(request, response, uid[1]);
    if (url.pathname === '/token') {
      if (state.lent) await new Promise((done) => setTimeout(done, state.lent));
      if (state.faux || state.horloge) intercepted(response);
    }
    return provider.callback()(request, response);
  } catch (error) {
    response.statusCode = 500;
    return response.end(String(error));
  }
});
server.listen(Number(options.port), '127.0.0.1', () => {
  issuer = `http://localhost:${server.address().port}`;
  provider = made();
  console.log(issuer);
});
// Ends with whoever started it, who holds its standard input; `--reste` when nobody does.
if (!options.reste) process.stdin.on('end', () => process.exit(0)).resume();
