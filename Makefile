# Every target is one Python call; where there is no make, type it.
PYTHON ?= $(firstword $(foreach p,python3.11 python3.10 python3.12 python3,$(shell $(p) -c pass 2>/dev/null && echo $(p))))
RUN = $(if $(PYTHON),"$(PYTHON)" tests/run.py,$(error Python 3.11, 3.10 or 3.12 is needed: install one, or name it with PYTHON=/path/to/python))

.PHONY: bench benchmark compatibility demo house page results screenshots soak test test-page test-webui

bench:  ## how fast the extension itself is: pixels, a denoiser call, start; writes docs/speed.md (two minutes)
	@$(RUN) bench

benchmark:  ## frames a second while painting, and how soon a preview is answered, in a headless Chromium
	@$(RUN) benchmark

compatibility:  ## what holds on a real WebUI, into docs/compatibility.md: WEBUI_ROOT=/path or WEBUI_URL=http://... HOST=, CHECKPOINTS=a,b
	@$(RUN) compatibility $(ARGS)

demo:  ## the README's pictures: make demo [IMAGE=... MAP=... PROMPT="..."]
	@$(RUN) demo $(if $(IMAGE),--image "$(IMAGE)") $(if $(MAP),--map "$(MAP)") $(if $(PROMPT),--prompt "$(PROMPT)")

house:  ## draws docs/house.md from the imports
	@$(RUN) house

page:  ## the stand-in WebUI's page with the extension in it: make page [PORT=7860] [LOCALIZATION=ko_KR]
	@$(RUN) page $(if $(PORT),--port $(PORT)) $(if $(LOCALIZATION),--localization $(LOCALIZATION))

results:  ## measures anew and writes docs/results.md, results.json and their figures: make results [ARGS="--only words"]
	@$(RUN) results $(ARGS)

screenshots:  ## the README's pictures of the page
	@$(RUN) screenshots

soak:  ## hundreds of mixed runs on one server and ten minutes of a fuzzer, into docs/soak.md: make soak [ARGS="--runs 50 --fuzz-minutes 1"]
	@$(RUN) soak $(ARGS)

test:  ## the whole suite, on the stand-in WebUI; make test ARGS="-k mask" for a part
	@$(RUN) test $(ARGS)

test-page:  ## the page in a headless Chromium, on gradio 3.41 and 4.40: make test-page [CHROMIUM=/path/to/chrome]
	@$(RUN) test-page $(ARGS)

test-webui:  ## the host-facing tests on a real WebUI: WEBUI_ROOT=/path or WEBUI_URL=http://...
	@$(RUN) test-webui $(ARGS)
