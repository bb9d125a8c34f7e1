// The figures to reach, each with what it is computed from. A figure whose measures are missing gives
// no line. Values are ratios inside one run, counts or bytes: never a time alone, but where a limit is one.

const Kio = 1024;

const nombre = (valeur, chiffres = 2) => Number(valeur.toFixed(chiffres));

// One line of the table: `sens` says on which side of `cible` the value must be.
const ligne = (code, quoi, valeur, sens, cible, unite = "", detail = "") => ({
  code, quoi, valeur: nombre(valeur), sens, cible, unite, detail,
  atteint: sens === "≥" ? valeur >= cible : valeur <= cible,
});

export function chiffres(m) {
  const texte = m.un("texte");
  const lignes = [];
  const si = (mesures, faire) => { if (mesures.every(Boolean)) lignes.push(faire()); };
  const par_s = (mesure) => `${Math.round(mesure.par_s)}/s`;

  for (const taille of m.tailles) {
    const de = (nom) => m.un(nom, taille);
    const n = m.taille(taille);
    for (const [nom, qui] of [["commune", "une commune"], ["archipel", "32 communes"]]) {
      const [gardel, base] = [de(nom), de(`${nom}.pgbench`)];
      si([gardel, base], () => ligne("S1", `première page filtrée et triée, ${qui}, ${n}`, gardel.par_s / base.par_s, "≥", 0.7, "× pgbench", `${par_s(gardel)} contre ${par_s(base)}`));
    }
    si([de("debut"), de("profonde")], () => ligne("S3", `page profonde contre première page, ${n}`, de("debut").par_s / de("profonde").par_s, "≤", 1.3, "× le temps", `${par_s(de("profonde"))} contre ${par_s(de("debut"))}`));
    si([de("memoire"), texte], () => ligne("S5", `fragment en mémoire, ${n}`, de("memoire").par_s / texte.par_s, "≥", 0.12, "× le texte nu", `${par_s(de("memoire"))} contre ${par_s(texte)}`));
    si([de("redis"), texte], () => ligne("S6", `fragment dans Redis, ${n}`, de("redis").par_s / texte.par_s, "≥", 0.1, "× le texte nu", `${par_s(de("redis"))} contre ${par_s(texte)}`));
    si([de("ecriture")], () => ligne("S20", `décision enregistrée, vérifiée et journalisée, 99 %, ${n}`, de("ecriture").p99_ms, "≤", 50, "ms"));
    si([de("api.commune"), de("drf.commune")], () => ligne("S20", `API, une commune, contre Django REST Framework, ${n}`, de("api.commune").par_s / de("drf.commune").par_s, "≥", 15, "×", `${par_s(de("api.commune"))} contre ${par_s(de("drf.commune"))}`));
    si([de("api.commune"), de("api.commune.pgbench")], () => ligne("S20", `API, une commune, contre la même requête, ${n}`, de("api.commune").par_s / de("api.commune.pgbench").par_s, "≥", 0.5, "× pgbench", `${par_s(de("api.commune"))} contre ${par_s(de("api.commune.pgbench"))}`));
    si([de("api.commune"), de("api.profonde")], () => ligne("S20", `API, requêtes SQL par appel, hors cache, ${n}`, Math.round(Math.max(de("api.commune").sql_par_page, de("api.profonde").sql_par_page)), "≤", 2));
    si([de("api.memoire")], () => ligne("S20", `API, requêtes SQL par appel, en cache, ${n}`, de("api.memoire").sql_par_page, "≤", 1.01, "", `${par_s(de("api.memoire"))}`));
    si([de("api.calme"), de("api.bruit")], () => ligne("S20", `pages des autres sous un jeton qui lit en boucle, 99 %, ${n}`, de("api.bruit").p99_ms / de("api.calme").p99_ms, "≤", 2, "× le calme", `${de("api.bruit").p99_ms} ms contre ${de("api.calme").p99_ms} ms`));
    const pages = ["commune", "archipel", "debut", "profonde", "filtree", "recherche"].map(de)
      // Pages asked for and not received when wrk stops have sent their statements: few beside many.
      .filter((page) => page && page.requetes >= 20 * page.connexions);
    if (pages.length) lignes.push(ligne("S7", `requêtes SQL par page, hors cache, ${n}`, Math.round(Math.max(...pages.map((page) => page.sql_par_page))), "≤", 3));
    si([de("memoire"), de("redis")], () => ligne("S7", `requêtes SQL par page, en cache, ${n}`, Math.max(de("memoire").sql_par_page, de("redis").sql_par_page), "≤", 1.01));
  }

  // Growth, from the smallest size to the largest.
  if (m.tailles.length > 1) {
    const [petite, grande] = [m.tailles[0], m.tailles.at(-1)];
    const de_a = `${m.taille(petite)} → ${m.taille(grande)}`;
    for (const [nom, quoi] of [["commune", "première page"], ["profonde", "page profonde"], ["filtree", "page filtrée"], ["fiche", "fiche"], ["compte", "compte"], ["facettes", "facettes"], ["ecriture", "une décision par sa cellule"]]) {
      const [a, b] = [m.un(nom, petite), m.un(nom, grande)];
      si([a, b], () => ligne("S4", `${quoi}, ${de_a}`, a.par_s / b.par_s, "≤", 1.3, "× le temps", `${par_s(b)} contre ${par_s(a)}`));
    }
    const plans = m.plans();
    if (plans.length) {
      lignes.push(ligne("S4", `filtres × tris au-delà de 1,3 ×, sur ${plans.length} comparables, ${de_a}`, plans.filter((plan) => plan.rapport > 1.3).length, "≤", 0));
      lignes.push(ligne("S4", `filtre × tri médian, ${de_a}`, plans[Math.floor(plans.length / 2)].rapport, "≤", 1.3, "× le temps"));
    }
  }

  const [vue, admin, cache] = [m.un("django.vue"), m.un("django.admin"), m.un("django.cache")];
  const memes = vue && m.un("commune", vue.taille);
  si([vue, memes], () => ligne("S2", `contre une vue Django soignée, ${m.taille(vue.taille)}`, memes.par_s / vue.par_s, "≥", 10, "×", `${par_s(memes)} contre ${par_s(vue)}`));
  si([admin, memes], () => ligne("S2", `contre la liste de l'admin Django, ${m.taille(admin.taille)}`, memes.par_s / admin.par_s, "≥", 30, "×", `${par_s(memes)} contre ${par_s(admin)}`));
  si([cache, vue && m.un("memoire", vue.taille)], () => ligne("S5", "contre la vue Django en cache, sans contrôle", m.un("memoire", vue.taille).par_s / cache.par_s, "≥", 3, "×", `${par_s(m.un("memoire", vue.taille))} contre ${par_s(cache)}`));

  exports(m, lignes);
  processus(m, lignes, si);
  imports(m, lignes);
  return lignes.sort((a, b) => Number(a.code.slice(1)) - Number(b.code.slice(1)));
}

function exports(m, lignes) {
  for (const copie of m.tous("copie")) {
    const [csv] = m.tous("export").filter((export_) => export_.taille === copie.taille && export_.format === "csv_fr").sort((a, b) => a.secondes - b.secondes);
    if (csv) lignes.push(ligne("S8", `export CSV, ${m.taille(copie.taille)}`, csv.secondes / copie.secondes, "≤", 1.3, "× psql \\copy", `${nombre(csv.secondes)} s contre ${nombre(copie.secondes)} s`));
  }
  for (const export_ of m.tous("export")) {
    lignes.push(ligne("S9", `mémoire de l'ouvrier, ${export_.format}, ${m.taille(export_.taille)}`, export_.memoire_kio / Kio, "≤", 48, "Mio"));
  }
  const [openpyxl] = m.tous("openpyxl");
  const xlsx = openpyxl && m.tous("export").find((export_) => export_.taille === openpyxl.taille && export_.format === "xlsx");
  if (xlsx) lignes.push(ligne("S11", `XLSX contre openpyxl, ${m.taille(xlsx.taille)}`, openpyxl.secondes / xlsx.secondes, "≥", 8, "×", `${nombre(xlsx.secondes)} s contre ${nombre(openpyxl.secondes)} s`));
}

function imports(m, lignes) {
  for (const i of m.tous("import")) {
    const [tout, taille] = [i.verification + i.ecriture, m.taille(i.lignes, "hébergeurs")];
    lignes.push(ligne("S12", `import, tout compris, ${taille}`, i.copie / tout, "≥", 0.25, "× psql \\copy", `${nombre(tout)} s contre ${nombre(i.copie)} s`));
    lignes.push(ligne("S12", `import contre pgloader, qui ne contrôle rien, ${taille}`, i.pgloader / tout, "≥", 1, "×", `${nombre(tout)} s contre ${nombre(i.pgloader)} s`));
    lignes.push(ligne("S12", `le même fichier une seconde fois, ${taille}`, tout / i.encore, "≥", 2, "× plus vite", `${nombre(i.encore)} s contre ${nombre(tout)} s`));
    lignes.push(ligne("S12", `mémoire de l'ouvrier, ${taille}`, i.memoire_kio / Kio, "≤", 48, "Mio"));
    if (i.django) lignes.push(ligne("S12", `vérification contre l'essai à blanc de django-import-export, ${taille}`, i.django / i.verification, "≥", 1, "×", `${nombre(i.verification)} s contre ${nombre(i.django)} s${i.csvclean ? `, et ${nombre(i.csvclean)} s à csvclean, qui ne regarde que les colonnes` : ""}`));
  }
  const apercu = m.un("apercu");
  if (apercu) lignes.push(ligne("S12", "cent premières lignes d'un fichier de 2 Go", apercu.pire_ms, "≤", 1000, "ms"));
  const calme = m.un("import.calme");
  for (const [nom, quoi] of [["import.verification", "la vérification"], ["import.ecriture", "l'écriture"]]) {
    const pendant = m.un(nom);
    if (calme && pendant) lignes.push(ligne("S12", `99 % des pages pendant ${quoi}, ${m.taille(calme.taille, "hébergeurs")}`, pendant.p99_ms / calme.p99_ms, "≤", 2, "× au calme", `${nombre(pendant.p99_ms)} ms contre ${nombre(calme.p99_ms)} ms`));
  }
}

function processus(m, lignes, si) {
  const p = m.un("processus");
  si([p], () => ligne("S9", "mémoire de l'ouvrier au repos", p.ouvrier_kio / Kio, "≤", 48, "Mio"));
  si([p], () => ligne("S10", "mémoire du serveur web, cache plein", p.web_pic_kio / Kio, "≤", 64, "Mio", `${nombre(p.web_neuf_kio / Kio)} Mio au démarrage`));
  const file = m.un("file");
  if (file) {
    const { delai_ms: d, delai_sans_annonce_ms: s } = file;
    lignes.push(ligne("S14", "de la demande au départ, médiane", d.p50, "≤", 3, "ms"));
    lignes.push(ligne("S14", "de la demande au départ, 99 %", d.p99, "≤", 10, "ms"));
    lignes.push(ligne("S14", "sans annonce, le plus long", s.max / s.intervalle, "≤", 1.1, "× l'intervalle"));
    lignes.push(ligne("S15", "travaux par seconde, pris un par un", file.un_par_un_par_s, "≥", 3000));
    lignes.push(ligne("S15", "travaux par seconde, par lots", file.par_lots_par_s, "≥", 40000));
  }
  const [calme, pendant] = [m.un("voisins.calme"), m.un("voisins.export")];
  si([calme, pendant], () => ligne("S16", `99 % des pages pendant un export, ${m.taille(calme.taille)}`, pendant.p99_ms / calme.p99_ms, "≤", 2, "× au calme", `${nombre(pendant.p99_ms)} ms contre ${nombre(calme.p99_ms)} ms`));
  // Beside a page found by its key among the fewest names, in milliseconds among the most.
  const [peu, beaucoup] = [m.noms[0], m.noms.at(-1)];
  const fiche = m.un("noms.fiche", peu);
  for (const nom of ["logements", "hebergeurs"]) {
    const [petite, grande] = [m.un(`noms.${nom}`, peu), m.un(`noms.${nom}`, beaucoup)];
    si([fiche, petite], () => ligne("S17", `recherche de ${nom}, ${m.taille(peu, "noms")}, 99 %`, petite.p99_ms / fiche.p99_ms, "≤", 10, "× une fiche", `${nombre(petite.p99_ms)} ms contre ${nombre(fiche.p99_ms)} ms`));
    si([grande], () => ligne("S17", `recherche de ${nom}, ${m.taille(beaucoup, "noms")}, 99 %`, grande.p99_ms, "≤", 50, "ms"));
  }
  const partout = m.un("noms.partout", beaucoup);
  si([partout], () => ligne("S17", `boîte de recherche, ${m.taille(beaucoup, "noms")}, 99 %`, partout.p99_ms, "≤", 100, "ms"));
  const demarrages = m.tous("demarrage").map((d) => d.ms);
  if (demarrages.length) lignes.push(ligne("S18", "du démarrage à la première réponse, le plus long", Math.max(...demarrages), "≤", 1000, "ms"));
  si([p], () => ligne("S18", "taille du programme web", p.web_octets / Kio / Kio, "≤", 30, "Mio"));
  si([p], () => ligne("S18", "taille de l'ouvrier", p.ouvrier_octets / Kio / Kio, "≤", 30, "Mio"));
  const poids = m.un("poids");
  if (poids) {
    lignes.push(ligne("S19", "page de 50 lignes, compressée", poids.page_gzip / Kio, "≤", 15, "Kio"));
    lignes.push(ligne("S19", "tous les scripts", poids.scripts / Kio, "≤", 25, "Kio"));
    lignes.push(ligne("S19", "tous les styles", poids.styles / Kio, "≤", 15, "Kio"));
  }
}
