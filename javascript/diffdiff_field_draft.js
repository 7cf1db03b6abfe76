// The last maps of this browser, in its own storage: a closed or reloaded page loses none.
(() => {
const diffdiff = window.diffdiff ??= {};
const DATABASE = 'diffdiff';
const STORE = 'drafts';
const KEPT = 4; // For this many pages.
const LEFT = 'diffdiff-left '; // And a page's id: what it had no time to store when it was left.

const settled = (request) => new Promise((resolve, reject) => {
	request.onsuccess = () => resolve(request.result);
	request.onerror = () => reject(request.error);
});

function open() {
	const request = indexedDB.open(DATABASE, 1);
	request.onupgradeneeded = () => request.result.createObjectStore(STORE, {keyPath: 'page'});
	return settled(request);
}

// A private window may have no storage: then there are no drafts, and nothing else is different.
async function within(mode, work) {
	try {
		const database = await open();
		const transaction = database.transaction(STORE, mode);
		const stored = new Promise((resolve, reject) => {
			transaction.oncomplete = resolve;
			transaction.onabort = () => reject(transaction.error);
		});
		const result = await work(transaction.objectStore(STORE));
		await stored;
		database.close();
		return result;
	} catch (error) {
		console.debug('Differential Diffusion keeps no drafts:', error);
		return null;
	}
}

const newestFirst = (drafts) => drafts.sort((a, b) => b.when - a.when);

async function put(store, draft) {
	const drafts = newestFirst(await settled(store.getAll()));
	const others = drafts.filter(({page, text}) => page !== draft.page && text !== draft.text);
	await settled(store.clear());
	for (const kept of [draft, ...others.slice(0, KEPT - 1)]) await settled(store.put(kept));
}

// A page that is left waits for nothing; only the browser's small storage takes a map at once.
function leave(draft) {
	try {
		localStorage.setItem(LEFT + draft.page, JSON.stringify(draft));
	} catch (error) {
		console.debug('Differential Diffusion kept no last map:', error);
	}
}

function takeLeft() {
	try {
		const keys = Object.keys(localStorage).filter((key) => key.startsWith(LEFT));
		const drafts = keys.map((key) => JSON.parse(localStorage.getItem(key)));
		for (const key of keys) localStorage.removeItem(key);
		return drafts;
	} catch (error) {
		console.debug('Differential Diffusion has no last map:', error);
		return [];
	}
}

// Every page has its own place, so that two tabs do not overwrite each other's maps.
diffdiff.Drafts = class {
	page = `${Date.now()} ${Math.random()}`;
	unstored = null;

	async save(text, name) {
		const draft = this.unstored = {page: this.page, text, name, when: Date.now()};
		await within('readwrite', (store) => put(store, draft));
		if (this.unstored === draft) this.unstored = null;
	}

	leave() {
		if (this.unstored) leave(this.unstored);
	}

	// The maps of earlier pages and other tabs, newest first.
	async others() {
		for (const draft of takeLeft()) await within('readwrite', (store) => put(store, draft));
		const drafts = await within('readonly', (store) => settled(store.getAll())) ?? [];
		return newestFirst(drafts).filter(({page}) => page !== this.page);
	}
};

// The offer to bring back the last map, made once, where the field is empty.
diffdiff.DraftOffer = class {
	// isWanted(): whether the field is still empty. onTake(text, name).
	constructor(drafts, {isWanted, onTake}) {
		Object.assign(this, {drafts, isWanted, onTake});
		this.root = diffdiff.element('div', 'diffdiff-offer', {hidden: ''});
	}

	async make() {
		if (this.isMade || !this.isWanted()) return;
		this.isMade = true;
		const [draft] = await this.drafts.others();
		if (draft && this.isWanted()) this.show(draft);
	}

	show({text, name}) {
		const bring = () => this.onTake(text, name), words = diffdiff.t('Bring back the last map');
		const close = diffdiff.withIcon('cross', diffdiff.t('Not now'), () => this.close(), 'diffdiff-clear');
		this.root.replaceChildren(diffdiff.thumb(diffdiff.asDataUrl(text), words, bring), diffdiff.button(words, bring), close);
		this.root.hidden = false;
	}

	close() {
		this.root.hidden = true;
	}
};
})();
