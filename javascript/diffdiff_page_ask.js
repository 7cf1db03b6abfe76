// The way from the page to Python and back: one question at a time through two hidden text boxes and a hidden button.
// What takes as long as a run has such a way of its own, so that all else is answered meanwhile.
// The questions and answers are written down in lib_diffdiff/page/protocol.py.
(() => {
const diffdiff = window.diffdiff ??= {};
const PATIENCE = 60000; // Milliseconds; a server that went away never answers.
const SLOW = ['words'];
const SLOW_PATIENCE = 3600000; // It may wait for other jobs.
const WITH_SETTINGS = ['preview', 'read']; // A map of megabytes is among them: no other question takes them along.

const NAMES = {ask: 'ask', answer: 'answer', button: 'button', alone: 'alone'};
const SLOW_NAMES = {ask: 'slowAsk', answer: 'slowAnswer', button: 'slowAlone', alone: 'slowAlone'};

const channels = new WeakMap();
let lastId = 0;

// An answer is always an object; null for what is none of ours.
function parsed(text) {
	try {
		const value = JSON.parse(text);
		return value && typeof value === 'object' ? value : null;
	} catch {
		return null;
	}
}

class Channel {
	// names: of the parts in the root's data.
	constructor(root, names, patience) {
		Object.assign(this, {root, names, patience});
		this.waiting = new Map(); // From kind to question: only the newest of each kind.
		this.asked = null;
		this.observer = new MutationObserver(() => this.look());
		onAfterUiUpdate(() => this.look());
	}

	part(name, inner) {
		const id = this.root.dataset[this.names[name]];
		const whole = id ? gradioApp().querySelector(`#${CSS.escape(id)}`) : null;
		return whole && inner ? whole.querySelector(inner) : whole;
	}

	ask(kind, request) {
		if (!this.part('ask', 'textarea, input') || !this.part('answer') || !this.part('button')) return Promise.resolve(null);
		this.waiting.get(kind)?.resolve(null);
		if (this.asked?.kind === kind) this.asked.resolve(null);
		return new Promise((resolve) => {
			this.waiting.set(kind, {kind, request, resolve, id: ++lastId});
			this.next();
		});
	}

	next() {
		if (this.asked || !this.waiting.size) return;
		const [kind, question] = this.waiting.entries().next().value;
		this.waiting.delete(kind);
		this.asked = question;
		this.send(question);
	}

	send({kind, request, id}) {
		const box = this.part('ask', 'textarea, input');
		const button = this.part(WITH_SETTINGS.includes(kind) && !('file' in request) ? 'button' : 'alone');
		if (!box || !button) return this.finish(null);
		this.watch();
		this.deadline = setTimeout(() => this.fail(), this.patience);
		diffdiff.write(box, JSON.stringify({...request, id, kind}));
		(button.querySelector('button') ?? button).click();
	}

	// A text that Python fills in changes no node, but gradio's own mark of a running question beside it comes and goes.
	watch() {
		this.observer.disconnect();
		this.observer.observe(this.part('answer'), {childList: true, subtree: true, attributes: true, characterData: true});
	}

	look() {
		if (!this.asked) return;
		const answer = parsed(this.part('answer', 'textarea, input')?.value);
		if (answer?.id === this.asked.id) this.finish(answer);
		else if (this.part('answer', '.error')) this.fail();
	}

	fail() {
		this.finish({ok: false, sentence: diffdiff.t('The server did not answer. Is it still running?')});
	}

	finish(answer) {
		const {resolve} = this.asked;
		clearTimeout(this.deadline);
		this.observer.disconnect();
		this.asked = null;
		resolve(answer);
		this.next();
	}
}

// Python's answer to a question; null where a newer one of its kind overtook it, and where the page has no such channel.
diffdiff.ask = (kind, request, root) => {
	if (!channels.has(root)) channels.set(root, {fast: new Channel(root, NAMES, PATIENCE), slow: new Channel(root, SLOW_NAMES, SLOW_PATIENCE)});
	const {fast, slow} = channels.get(root);
	return (SLOW.includes(kind) ? slow : fast).ask(kind, request);
};
})();
