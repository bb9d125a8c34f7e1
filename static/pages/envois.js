// --- Files sent in chunks: dropped, several at once, resumed after a cut --------------------------

// Only on the page that sends files: the others do not carry it. It follows the scripts of all pages, hence a scope of its own.
(() => {
  'use strict';

  const form = document.querySelector('form[data-envois]');
  // Without what makes digests (a page that is not served by HTTPS), the plain form sends them whole.
  if (!form || !globalThis.crypto?.subtle) return;
  const address = form.dataset.envois;
  const section = form.querySelector('.envois');
  const list = section.querySelector('[data-envois-liste]');
  const told = section.querySelector('[data-envois-dit]');
  const model = section.querySelector('[data-envoi-modele]');
  const input = form.querySelector('input[type=file]');
  const zone = form.querySelector('[data-depot]');
  const pasted = form.elements.colle;
  const files = [];
  const NBSP = '\u00a0';
  let count = 0;

  form.querySelectorAll('[data-script]').forEach((element) => { element.hidden = false; });
  form.querySelectorAll('[data-sans-script]').forEach((element) => { element.hidden = true; });

  // The connection was cut, or the server is too busy: it goes on later. Anything else that is thrown is a refusal.
  class Cut extends Error {}
  class Refused extends Error {}
  const quoted = (name) => `«${NBSP}${name}${NBSP}»`;
  const say = (sentence) => { told.textContent = sentence; };

  function bytes(count) {
    const [size, unit] = [[1e9, 'Go'], [1e6, 'Mo'], [1e3, 'ko']].find(([one]) => count >= one) ?? [1, 'octets'];
    const digits = size === 1 ? 0 : 1;
    return `${(count / size).toLocaleString('fr-FR', { minimumFractionDigits: digits, maximumFractionDigits: digits })}${NBSP}${unit}`;
  }

  function remaining(seconds) {
    const whole = Math.max(1, Math.round(seconds));
    if (whole < 60) return `${whole}${NBSP}s`;
    if (whole < 3600) return `${Math.round(whole / 60)}${NBSP}min`;
    return `${Math.floor(whole / 3600)}${NBSP}h${NBSP}${String(Math.round((whole % 3600) / 60) % 60).padStart(2, '0')}`;
  }

  // --- What is shown of each file -----------------------------------------------------------------

  function state(one, name, sentence, tone = '') {
    one.etat = name;
    one.part('etat').textContent = sentence;
    one.element.dataset.ton = tone;
    one.part('reprendre').hidden = name !== 'coupe';
    one.part('retirer').hidden = ['assemble', 'fini'].includes(name);
    one.part('retirer').querySelector('span').textContent = name === 'attente' || name === 'refuse' ? 'Retirer' : 'Annuler l’envoi';
  }

  function progress(one, done) {
    const { size } = one.file;
    one.sent = done;
    one.element.querySelector('progress').value = size ? (100 * done) / size : 0;
    const elapsed = (performance.now() - one.since) / 1000;
    const rate = elapsed > 1 ? (done - one.skipped) / elapsed : 0;
    const left = rate > 0 ? `, encore ${remaining((size - done) / rate)}` : '';
    one.part('etat').textContent = `${bytes(done)} sur ${bytes(size)}${left}`;
  }

  function add(file) {
    if (files.some((one) => one.file.name === file.name && one.file.size === file.size && one.file.lastModified === file.lastModified)) return;
    const element = model.firstElementChild.cloneNode(true);
    const part = (name) => element.querySelector(`[data-${name}]`);
    const one = { file, element, part, since: 0, skipped: 0, controller: new AbortController() };
    part('nom').textContent = file.name;
    part('taille').textContent = bytes(file.size);
    element.querySelector('progress').setAttribute('aria-label', `Envoi de ${file.name}`);
    count += 1;
    part('nom').id = `envoi-${count}`;
    for (const name of ['retirer', 'reprendre', 'ouvrir']) part(name).setAttribute('aria-describedby', `envoi-${count}`);
    part('retirer').addEventListener('click', () => remove(one));
    part('reprendre').addEventListener('click', () => one.again?.());
    files.push(one);
    list.append(element);
    section.hidden = false;
    state(one, 'attente', 'En attente');
  }

  function addAll(chosen) {
    for (const file of chosen) add(file);
    if (chosen.length) say(chosen.length === 1 ? `${quoted(chosen[0].name)} est prêt à être envoyé.` : `${chosen.length} fichiers sont prêts à être envoyés.`);
  }

  function remove(one) {
    const sent = one.id && one.etat !== 'refuse';
    one.controller.abort();
    one.again?.();
    files.splice(files.indexOf(one), 1);
    one.element.remove();
    section.hidden = files.length === 0;
    if (sent) fetch(`${address}/${one.id}/abandon`, { method: 'POST' }).catch(() => {});
    say(sent ? `L’envoi de ${quoted(one.file.name)} est annulé.` : `${quoted(one.file.name)} est retiré.`);
    (list.querySelector('button:not([hidden])') ?? input).focus();
  }

  input.addEventListener('change', () => {
    addAll([...input.files]);
    // They are sent in chunks: the form itself sends what was pasted.
    input.value = '';
  });

  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  document.addEventListener('dragover', (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    zone.classList.add('survol');
  });
  document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) zone.classList.remove('survol'); });
  document.addEventListener('drop', (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    zone.classList.remove('survol');
    const folders = [...event.dataTransfer.items].filter((item) => item.webkitGetAsEntry?.()?.isDirectory).map((item) => item.webkitGetAsEntry().name);
    addAll([...event.dataTransfer.files].filter((file) => !folders.includes(file.name)));
    if (folders.length) say(`${quoted(folders[0])} est un dossier${NBSP}: déposez les fichiers qu’il contient.`);
  });

  // --- What is said to the server -----------------------------------------------------------------

  // An answer of ours is an object; anything else is the sign-in page, or somebody between.
  function answer(status, text) {
    let said;
    try { said = JSON.parse(text); } catch { said = null; }
    if (status === 0 || status === 429 || status >= 500) throw new Cut(said?.phrase ?? (status ? 'Le serveur ne répond pas pour le moment.' : ''));
    if (!said || (status < 400 && typeof said !== 'object')) {
      throw new Refused(status === 404
        ? 'Cet envoi n’existe plus. Retirez ce fichier, puis choisissez-le de nouveau.'
        : 'Votre session est terminée, ou vos droits ont changé. Rechargez la page, puis choisissez de nouveau ce fichier : son envoi reprendra où il s’est arrêté.');
    }
    return { status, ...said };
  }

  async function post(one, path, body) {
    let response;
    try {
      response = await fetch(`${address}${path}`, { method: 'POST', body, signal: one.controller.signal });
    } catch (error) {
      if (one.controller.signal.aborted) throw error;
      throw new Cut();
    }
    return answer(response.status, await response.text());
  }

  // XMLHttpRequest alone tells how far a body has gone.
  function push(one, path, body, moved) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const stop = () => request.abort();
      one.controller.signal.addEventListener('abort', stop, { once: true });
      request.upload.addEventListener('progress', ({ loaded }) => moved(loaded));
      request.addEventListener('loadend', () => {
        one.controller.signal.removeEventListener('abort', stop);
        if (one.controller.signal.aborted) return reject(new DOMException('', 'AbortError'));
        try { resolve(answer(request.status, request.responseText)); } catch (error) { reject(error); }
      });
      request.open('POST', `${address}${path}`);
      request.setRequestHeader('Content-Type', 'application/octet-stream');
      request.send(body);
    });
  }

  const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

  async function chunk(one, from, size) {
    try {
      return await one.file.slice(from, from + size).arrayBuffer();
    } catch {
      throw new Refused('Ce fichier ne se lit plus, ou a changé. Retirez-le, puis choisissez-le de nouveau.');
    }
  }

  const begun = (one) => post(one, '', new URLSearchParams({ genre: one.genre, nom: one.file.name, octets: one.file.size }));

  // All that is missing of a file; the address of its import.
  async function send(one) {
    let known = await begun(one);
    if (known.status >= 400) throw new Refused(known.phrase);
    one.id = known.id;
    const { size } = one.file;
    let here = new Map(known.morceaux.map(({ rang, sha256 }) => [rang, sha256]));
    if (here.size) say(`L’envoi de ${quoted(one.file.name)} reprend où il s’était arrêté.`);
    one.since = performance.now();
    one.skipped = 0;
    for (let from = 0, spoilt = 0; from < size;) {
      const rang = from / known.morceau;
      const body = await chunk(one, from, known.morceau);
      const sha256 = hex(await crypto.subtle.digest('SHA-256', body));
      const there = here.get(rang);
      if (there && there !== sha256) {
        // Another file of the same name and size: what came of the other one serves nothing.
        await fetch(`${address}/${one.id}/abandon`, { method: 'POST', signal: one.controller.signal }).catch(() => {});
        known = await begun(one);
        if (known.status >= 400) throw new Refused(known.phrase);
        one.id = known.id;
        here = new Map();
        from = 0;
        one.skipped = 0;
        continue;
      }
      if (there) {
        one.skipped += body.byteLength;
      } else {
        const said = await push(one, `/${one.id}/morceaux?position=${from}&sha256=${sha256}`, body, (loaded) => progress(one, from + Math.min(loaded, body.byteLength)));
        if (said.status >= 400) {
          spoilt += 1;
          if (spoilt < 4 && [400, 422].includes(said.status)) continue;
          throw new Refused(said.phrase);
        }
      }
      from += body.byteLength;
      progress(one, from);
    }
    state(one, 'assemble', 'Le fichier est arrivé. Le serveur le lit…');
    for (;;) {
      const end = await post(one, `/${one.id}/fin`);
      if (end.status === 200) return end.adresse;
      if (end.status !== 202) throw Object.assign(new Refused(end.phrase), { premier: end.premier, adresse: end.adresse });
      await new Promise((resolve) => { setTimeout(resolve, 2000); });
    }
  }

  // Until somebody asks, the network is back, or some seconds have passed.
  function pause(one, seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(done, seconds * 1000);
      function done() {
        clearTimeout(timer);
        window.removeEventListener('online', done);
        one.again = null;
        resolve();
      }
      one.again = done;
      window.addEventListener('online', done);
    });
  }

  async function whole(one) {
    state(one, 'envoi', 'L’envoi commence');
    for (let tries = 0; ;) {
      const before = one.sent;
      try {
        return await send(one);
      } catch (error) {
        if (one.controller.signal.aborted || !(error instanceof Cut)) throw error;
        tries = one.sent === before ? tries + 1 : 0;
        const seconds = Math.min(30, 2 ** tries);
        const why = error.message || 'La connexion est coupée.';
        state(one, 'coupe', `${why} L’envoi reprendra tout seul dans ${seconds}${NBSP}s.`, 'alerte');
        say(`${quoted(one.file.name)}${NBSP}: ${why} L’envoi reprendra tout seul.`);
        await pause(one, seconds);
        if (one.controller.signal.aborted) throw error;
        state(one, 'envoi', 'L’envoi reprend');
      }
    }
  }

  let running = false;

  async function run() {
    running = true;
    const button = form.querySelector('button[type=submit]');
    button.setAttribute('aria-disabled', 'true');
    const arrived = [];
    for (let one; (one = files.find(({ etat }) => etat === 'attente'));) {
      one.genre = form.elements.genre.value;
      say(`L’envoi de ${quoted(one.file.name)} commence.`);
      try {
        const place = await whole(one);
        arrived.push(place);
        one.element.querySelector('progress').value = 100;
        state(one, 'fini', 'Reçu', 'succes');
        Object.assign(one.part('ouvrir'), { href: place, hidden: false });
        say(`${quoted(one.file.name)} est reçu.`);
      } catch (error) {
        if (!one.controller.signal.aborted) {
          if (!(error instanceof Refused)) console.error(error);
          const why = error instanceof Refused ? error.message : 'L’envoi a échoué. Rechargez la page, puis recommencez.';
          // The card has the name of the file already, and what is said of it may too.
          const name = quoted(one.file.name);
          state(one, 'refuse', why.startsWith(`${name}${NBSP}: `) ? why.slice(name.length + 3) : why, 'erreur');
          if (error.adresse) {
            Object.assign(one.part('ouvrir'), { href: error.adresse, hidden: false });
            one.part('ouvrir').querySelector('span').textContent = `Ouvrir l’import n°${NBSP}${error.premier}`;
          }
          say(why.startsWith(name) ? why : `${name}${NBSP}: ${why}`);
        }
      }
    }
    running = false;
    button.removeAttribute('aria-disabled');
    if (pasted?.value.trim()) return form.submit();
    if (arrived.length === 1 && files.every(({ etat }) => etat === 'fini')) location.assign(arrived[0]);
    else list.querySelector('[data-ouvrir]:not([hidden])')?.focus();
  }

  form.addEventListener('submit', (event) => {
    if (running) return event.preventDefault();
    if (!files.some(({ etat }) => etat === 'attente')) return;
    event.preventDefault();
    run();
  });
  window.addEventListener('beforeunload', (event) => { if (running) event.preventDefault(); });
})();
