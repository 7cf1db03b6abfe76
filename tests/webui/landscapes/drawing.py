"""Draws the landscapes that the model learns from."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

SEASONS = ("spring", "summer", "autumn", "winter")
TIMES = ("day", "sunset", "night")
WEATHERS = ("clear", "cloudy", "fog", "rain", "snow")
ELEMENTS = ("mountains", "trees", "water", "house")
WORDS = SEASONS + TIMES + WEATHERS + ELEMENTS

CANVAS = 256
SIZE = 128

SKY = {  # top, middle, horizon
    "day": ((72, 142, 226), (130, 188, 242), (206, 232, 250)),
    "sunset": ((92, 84, 168), (240, 128, 112), (255, 214, 122)),
    "night": ((28, 36, 102), (50, 66, 146), (98, 112, 186)),
}
LIGHT = {"day": (1.0, 1.0, 1.0), "sunset": (1.0, 0.8, 0.73), "night": (0.58, 0.66, 0.93)}
OVERCAST = {"day": (196, 204, 214), "sunset": (204, 178, 192), "night": (86, 94, 138)}
CLOUD = {"day": (255, 255, 255), "sunset": (255, 196, 170), "night": (122, 134, 190)}
GREYNESS = {"clear": 0.0, "cloudy": 0.35, "fog": 0.6, "rain": 0.75, "snow": 0.65}
HAZE = {"clear": 0.45, "cloudy": 0.5, "fog": 0.85, "rain": 0.65, "snow": 0.6}
GRASS = {
    "spring": (166, 214, 96),
    "summer": (84, 168, 66),
    "autumn": (206, 158, 70),
    "winter": (240, 246, 252),
}
ROCK = {
    "spring": (124, 132, 150),
    "summer": (118, 122, 142),
    "autumn": (132, 116, 126),
    "winter": (142, 156, 182),
}
LEAVES = {
    "spring": ((250, 176, 204), (255, 214, 228), (150, 208, 84)),
    "summer": ((48, 130, 52), (72, 156, 58), (34, 110, 62)),
    "autumn": ((226, 94, 38), (244, 166, 46), (190, 54, 40)),
    "winter": ((214, 228, 240), (196, 216, 234), (228, 238, 248)),
}
NEEDLES = {
    "spring": (64, 138, 84),
    "summer": (34, 104, 66),
    "autumn": (82, 106, 58),
    "winter": (60, 108, 108),
}
SNOWCAP = {"spring": 0.34, "summer": 0.22, "autumn": 0.3, "winter": 0.7}
ODDS = {"winter": (0.3, 0.18, 0.16, 0.06, 0.3), "other": (0.34, 0.2, 0.17, 0.22, 0.07)}
WALLS = ((246, 232, 204), (222, 120, 88), (240, 240, 236), (196, 146, 100))
ROOFS = ((178, 62, 48), (112, 72, 66), (84, 92, 122))


@dataclass(frozen=True)
class Scene:
    """What is to be seen in a picture."""

    season: str
    time: str
    weather: str
    elements: frozenset

    def words(self):
        """Lists the scene's words as a prompt names them."""
        elements = [word for word in ELEMENTS if word in self.elements]
        return " ".join([self.season, self.time, self.weather, *elements])


def mix(a, b, share):
    """Mixes two colours, of which `share` is the second's."""
    return tuple(x + (y - x) * share for x, y in zip(a, b))


def rounded(color):
    """Turns a colour of floats into one that PIL takes."""
    return tuple(int(min(max(x, 0), 255)) for x in color)


def sky_colors(scene):
    """Gives the sky's colours at the top, in the middle and at the horizon."""
    share = GREYNESS[scene.weather]
    return [mix(color, OVERCAST[scene.time], share) for color in SKY[scene.time]]


def shade(color, scene, depth=0.0):
    """Puts a colour under the scene's light, the farther the hazier."""
    light = LIGHT[scene.time]
    lit = tuple(x * y for x, y in zip(color, light))
    dull = mix(lit, OVERCAST[scene.time], 0.22 * GREYNESS[scene.weather])
    return rounded(mix(dull, sky_colors(scene)[2], HAZE[scene.weather] * depth))


def vertical_gradient(colors, height):
    """Interpolates colours from top to bottom of a picture as wide as the canvas."""
    stops = np.linspace(0, 1, len(colors))
    y = np.linspace(0, 1, height)
    column = np.stack([np.interp(y, stops, channel) for channel in zip(*colors)], axis=1)
    pixels = np.broadcast_to(column[:, None], (height, CANVAS, 3))
    return pixels.astype(np.float32)


def fill(image, outline, colors):
    """Fills an outline with a gradient over its height."""
    top = int(min(y for _, y in outline))
    bottom = int(max(y for _, y in outline)) + 1
    mask = Image.new("L", (CANVAS, bottom - top))
    ImageDraw.Draw(mask).polygon([(x, y - top) for x, y in outline], fill=255)
    pixels = vertical_gradient(colors, bottom - top).astype(np.uint8)
    image.paste(Image.fromarray(pixels), (0, top), mask)


def glow(pixels, center, radius, color, strength):
    """Brightens float pixels around a light."""
    y, x = np.ogrid[:CANVAS, :CANVAS]
    distance = (x - center[0]) ** 2 + (y - center[1]) ** 2
    share = strength * np.exp(-distance / (2 * radius**2)).astype(np.float32)
    return pixels + (np.asarray(color, np.float32) - pixels) * share[..., None]


def disc(draw, center, radius, color):
    """Draws a filled circle."""
    x, y = center
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=rounded(color))


def light_source(scene, rng):
    """Places the sun or the moon: centre, radius, colour, glow."""
    x = rng.uniform(40, 216)
    height = rng.uniform(0, 1)
    radius = rng.uniform(17, 25)
    if scene.time == "sunset":
        return (x, 84 + 34 * height), radius + 6, (255, 238, 172), (255, 206, 120)
    if scene.time == "night":
        return (x, 32 + 30 * height), radius, (250, 248, 222), (190, 200, 246)
    return (x, 32 + 30 * height), radius, (255, 246, 176), (255, 250, 224)


def draw_stars(draw, rng):
    """Scatters large stars over the upper sky."""
    for x, y, radius in rng.uniform((4, 4, 1.4), (252, 112, 3.0), (18, 3)):
        disc(draw, (x, y), radius, (250, 248, 226))


def draw_sky(scene, rng):
    """Paints the sky with its sun, moon and stars."""
    star_rng, light_rng = rng.spawn(2)
    pixels = np.empty((CANVAS, CANVAS, 3), np.float32)
    pixels[:160] = vertical_gradient(sky_colors(scene), 160)
    pixels[160:] = pixels[159]
    center, radius, color, halo = light_source(scene, light_rng)
    veil = GREYNESS[scene.weather]
    pixels = glow(pixels, center, radius * 2.4, halo, 0.75 * (1 - veil))
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    if scene.time == "night" and scene.weather == "clear":
        draw_stars(draw, star_rng)
    if scene.weather in ("clear", "cloudy"):
        disc(draw, center, radius, mix(color, sky_colors(scene)[1], 0.4 * veil))
    return image


def draw_cloud(draw, x, y, width, scene, rng):
    """Draws a cloud: a row of puffs, darker below."""
    light = CLOUD[scene.time]
    dark = mix(light, OVERCAST[scene.time], 0.7)
    puffs = rng.uniform((-0.5, -0.14, 0.16), (0.5, 0.02, 0.26), (6, 3)) * width
    for color, drop in ((dark, 0.07 * width), (light, 0.0)):
        for dx, dy, radius in puffs:
            size = radius * (1 - 0.9 * abs(dx / width))
            left, right = x + dx - size, x + dx + size
            top, bottom = y + dy + drop - 0.7 * size, y + dy + drop + 0.7 * size
            draw.ellipse((left, top, right, bottom), fill=rounded(color))


def draw_clouds(image, scene, rng):
    """Draws the clouds that the weather brings."""
    count = {"clear": int(rng.uniform() < 0.35), "cloudy": 4, "rain": 5, "snow": 3, "fog": 0}
    draw = ImageDraw.Draw(image)
    for index in range(count[scene.weather]):
        x = (index + rng.uniform(0.1, 0.9)) * CANVAS / max(count[scene.weather], 1)
        draw_cloud(draw, x, rng.uniform(22, 84), rng.uniform(64, 104), scene, rng)


def jagged(start, end, rng, roughness=0.09):
    """Runs a rough line from one point to another."""
    steps = 6
    t = np.linspace(0, 1, steps + 1)[:, None]
    points = np.asarray(start) * (1 - t) + np.asarray(end) * t
    extent = abs(start[1] - end[1])
    points[1:-1] += rng.uniform(-roughness, roughness, (steps - 1, 2)) * extent
    return [tuple(point) for point in points]


def draw_peak(image, x, y, width, scene, rng, depth):
    """Draws one mountain with a sunny and a shady side and a snowcap."""
    base = 172
    ridge = jagged((x, y), (x + rng.uniform(-0.2, 0.3) * width, base), rng)
    left = jagged((x - width, base), (x, y), rng, 0.05)
    right = jagged((x, y), (x + width, base), rng, 0.05)
    rock, grass = ROCK[scene.season], GRASS[scene.season]
    for outline, light, green in ((left + right[1:], 1.0, 0.45), (ridge + right[::-1], 0.76, 0.4)):
        tones = [mix((0, 0, 0), mix(rock, grass, share), light) for share in (0.05, green)]
        fill(image, outline, [shade(tone, scene, depth) for tone in tones])
    cap = SNOWCAP[scene.season] * (base - y)
    draw_snowcap(image, x, y, width / (base - y), cap, scene, depth * 0.8)


def draw_snowcap(image, x, y, slope, cap, scene, depth):
    """Lays snow on a peak, with teeth along its lower edge."""
    teeth = np.linspace(-1, 1, 8)
    drop = cap * np.where(np.arange(8) % 2, 1.0, 0.72)
    lower = [(x + t * slope * d * 0.98, y + d) for t, d in zip(teeth, drop)]
    white, grey = (shade(x, scene, depth) for x in ((252, 253, 255), (206, 216, 236)))
    fill(image, [(x, y), *lower], [white, white])
    fill(image, [(x, y), *lower[4:]], [grey, grey])


def draw_mountains(image, scene, rng):
    """Draws a range of two or three large mountains."""
    count = int(rng.integers(2, 4))
    order = rng.permutation(count)
    for rank, index in enumerate(order):
        x = (index + rng.uniform(0.25, 0.75)) * CANVAS / count
        height = rng.uniform(38, 66) if rank == count - 1 else rng.uniform(62, 96)
        depth = 0.95 - 0.5 * rank / max(count - 1, 1)
        draw_peak(image, x, height, rng.uniform(74, 112), scene, rng, depth)


def hill_line(level, rise, rng):
    """Gives the heights of a rolling hill at each column."""
    x = np.linspace(0, 1, 65)
    phase, slow, tilt = rng.uniform((0, 0.5, -1), (2 * np.pi, 1.1, 1))
    wave = np.sin(2 * np.pi * slow * x + phase) + tilt * (x - 0.5)
    return level - rise * wave


def draw_hill(image, line, scene, depth):
    """Draws a hill down to the lower edge, sunnier on its top."""
    x = np.linspace(0, CANVAS, len(line))
    outline = [*zip(x, line), (CANVAS, CANVAS), (0, CANVAS)]
    grass = GRASS[scene.season]
    if scene.weather == "snow":
        grass = mix(grass, (246, 249, 253), 0.7)
    dim = (206, 218, 238) if scene.season == "winter" else mix((30, 60, 40), grass, 0.72)
    fill(image, outline, [shade(grass, scene, depth), shade(dim, scene, depth * 0.7)])


def height_at(line, x):
    """Reads a hill's height at a column."""
    return float(np.interp(x, np.linspace(0, CANVAS, len(line)), line))


def draw_fir(draw, x, y, height, scene, depth):
    """Draws a conifer, under snow in winter."""
    trunk = shade((104, 72, 52), scene, depth)
    draw.rectangle((x - 0.045 * height, y - 0.16 * height, x + 0.045 * height, y), fill=trunk)
    snowy = scene.season == "winter" or scene.weather == "snow"
    for low, width, tall in ((0.1, 0.31, 0.42), (0.34, 0.25, 0.38), (0.58, 0.18, 0.42)):
        foot, tip = y - low * height, y - (low + tall) * height
        color = shade(NEEDLES[scene.season], scene, depth)
        draw.polygon([(x - width * height, foot), (x, tip), (x + width * height, foot)], fill=color)
        dark = shade(mix((0, 20, 30), NEEDLES[scene.season], 0.74), scene, depth)
        draw.polygon([(x + 0.05 * height, foot), (x, tip), (x + width * height, foot)], fill=dark)
        if snowy:
            draw_fir_snow(draw, x, tip, width * height * 0.66, tall * height * 0.66, scene, depth)


def draw_fir_snow(draw, x, tip, width, drop, scene, depth):
    """Lays snow on one storey of a conifer."""
    edge = ((1, 1), (1 / 3, 0.74), (-1 / 4, 1.02), (-0.6, 0.72), (-1, 1))
    outline = [(x, tip), *((x + dx * width, tip + dy * drop) for dx, dy in edge)]
    draw.polygon(outline, fill=shade((248, 251, 255), scene, depth))


def draw_round_tree(draw, x, y, height, hue, scene, depth):
    """Draws a broad-leaved tree: a trunk under a crown of puffs."""
    trunk = shade((112, 78, 56), scene, depth)
    draw.polygon([(x - 0.06 * height, y), (x - 0.035 * height, y - 0.6 * height),
                  (x + 0.035 * height, y - 0.6 * height), (x + 0.06 * height, y)], fill=trunk)
    leaf = LEAVES[scene.season][hue]
    tones = (mix((20, 30, 50), leaf, 0.76), leaf, mix(leaf, (255, 250, 214), 0.24))
    puffs = ((0, 0.34), (-0.2, 0.25), (0.2, 0.25), (0, 0.22))
    for tone, shift, scale in zip(tones, (0.03, 0.0, -0.06), (1.0, 0.88, 0.5)):
        for index, (dx, radius) in enumerate(puffs):
            lift = (0.62, 0.55, 0.56, 0.8)[index]
            center = (x + (dx + shift) * height, y - (lift - shift) * height)
            disc(draw, center, radius * scale * height * 0.86, shade(tone, scene, depth))


def draw_tree(draw, x, y, height, kind, scene, depth):
    """Draws a tree of a kind in 0..1; winter knows conifers only."""
    if scene.season == "winter" or kind < 0.25:
        draw_fir(draw, x, y + 2, height, scene, depth)
    else:
        draw_round_tree(draw, x, y + 2, height, int(kind * 9) % 3, scene, depth)


def draw_grove(image, line, scene, rng, heights, depth, count, avoid=None):
    """Draws trees along a hill, from the smallest to the largest."""
    draw = ImageDraw.Draw(image)
    slots = (np.arange(count) + rng.uniform(0.15, 0.85, count)) * CANVAS / count
    sizes, kinds = rng.uniform(*heights, count), rng.uniform(0, 1, count)
    for index in np.argsort(sizes):
        x, height = slots[index], sizes[index]
        if avoid is None or abs(x - avoid) > 52:
            y = height_at(line, x) + 0.12 * height
            draw_tree(draw, x, y, height, kinds[index], scene, depth)


def draw_water(image, level, scene, rng):
    """Lays a lake that mirrors what stands behind it."""
    depth = min(70, CANVAS - level)
    above = image.crop((0, level - depth, CANVAS, level))
    above = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    tone = (176, 208, 230) if scene.season == "winter" else (64, 132, 190)
    tone = mix(shade(tone, scene), sky_colors(scene)[1], 0.35)
    lake = Image.blend(above, Image.new("RGB", above.size, rounded(tone)), 0.58)
    draw = ImageDraw.Draw(lake)
    for x, y, width in rng.uniform((0, 5, 26), (CANVAS, depth, 80), (12, 3)):
        light = mix(tone, sky_colors(scene)[2], 0.75)
        draw.line((x - width / 2, y, x + width / 2, y), fill=rounded(light), width=3)
    image.paste(lake, (0, level))


def draw_house(image, x, y, scene, rng):
    """Draws a large house with windows that are lit in the dark."""
    draw = ImageDraw.Draw(image)
    width, wall = rng.uniform(33, 42), rng.uniform(42, 50)
    plaster = shade(WALLS[rng.integers(len(WALLS))], scene)
    roof = ROOFS[rng.integers(len(ROOFS))]
    snowy = scene.season == "winter" or scene.weather == "snow"
    tile = shade((246, 250, 255) if snowy else roof, scene)
    chimney = (x + 0.35 * width, y - wall - 38, x + 0.6 * width, y - wall)
    draw.rectangle(chimney, fill=shade((150, 84, 70), scene))
    draw.rectangle((x - width, y - wall, x + width, y + 8), fill=plaster)
    left, right = (x - width - 8, y - wall), (x + width + 8, y - wall)
    draw.polygon([left, (x, y - wall - 36), right], fill=tile)
    draw.line((left, right), fill=shade(roof, scene), width=4)
    draw.rectangle((x - 7, y - 26, x + 7, y + 8), fill=shade((112, 66, 48), scene))
    for side in (-1, 1):
        draw_window(draw, x + side * 0.58 * width - 8, y - wall + 10, scene)


def draw_window(draw, x, y, scene):
    """Draws a framed window, lit but by day."""
    pane = shade((124, 174, 212), scene) if scene.time == "day" else (255, 222, 112)
    draw.rectangle((x - 2, y - 2, x + 18, y + 20), fill=shade((250, 250, 250), scene))
    draw.rectangle((x, y, x + 16, y + 18), fill=pane)


def blend_in(image, mask, color):
    """Lays a colour over a picture through a mask."""
    image.paste(Image.new("RGB", image.size, rounded(color)), (0, 0), mask)


def draw_rain(image, scene, rng):
    """Draws slanting streaks of rain."""
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    for x, y, length in rng.uniform((-10, -30, 26), (280, 250, 46), (60, 3)):
        draw.line((x, y, x - 0.3 * length, y + length), fill=190, width=3)
    blend_in(image, mask, mix((226, 236, 250), OVERCAST[scene.time], 0.2))


def draw_flakes(image, scene, rng):
    """Draws large snowflakes."""
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    for x, y, radius in rng.uniform((0, 0, 2.6), (256, 256, 5.2), (62, 3)):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=240)
    blend_in(image, mask, mix((255, 255, 255), OVERCAST[scene.time], 0.1))


def draw_fog(image, scene, rng):
    """Lays banks of fog over the picture, thickest at the horizon."""
    y = np.arange(CANVAS)
    level, second = rng.uniform((120, 176), (150, 214))
    bank = 0.62 * np.exp(-(((y - level) / 44) ** 2)) + 0.42 * np.exp(-(((y - second) / 18) ** 2))
    column = (255 * (0.14 + bank).clip(0, 0.78)).astype(np.uint8)
    mask = Image.fromarray(np.ascontiguousarray(np.broadcast_to(column[:, None], (CANVAS, CANVAS))))
    blend_in(image, mask, mix(OVERCAST[scene.time], (255, 255, 255), 0.35))


def draw_weather(image, scene, rng):
    """Draws what falls or drifts in front of everything."""
    fronts = {"rain": draw_rain, "snow": draw_flakes, "fog": draw_fog}
    if scene.weather in fronts:
        fronts[scene.weather](image, scene, rng)


def draw_ground(image, scene, rngs):
    """Draws hills and what stands on them, from the back to the front."""
    hill_rng, tree_rng, water_rng, house_rng = rngs
    back = hill_line(hill_rng.uniform(144, 156), 9, hill_rng)
    front = hill_line(hill_rng.uniform(206, 218), 13, hill_rng)
    house_x = house_rng.uniform(60, 196)
    far_rng, near_rng = tree_rng.spawn(2)
    draw_hill(image, back, scene, 0.5)
    if "trees" in scene.elements:
        draw_grove(image, back, scene, far_rng, (26, 42), 0.42, 8)
    if "water" in scene.elements:
        draw_water(image, 172, scene, water_rng)
    else:
        draw_hill(image, hill_line(178, 9, water_rng), scene, 0.24)
    draw_hill(image, front, scene, 0.0)
    if "house" in scene.elements:
        draw_house(image, house_x, height_at(front, house_x) + 6, scene, house_rng)
    if "trees" in scene.elements:
        avoid = house_x if "house" in scene.elements else None
        draw_grove(image, front, scene, near_rng, (74, 122), 0.0, 4, avoid)


def paint(scene, rng):
    """Paints a scene; the same generator gives the same layout whatever the words."""
    sky, clouds, mountains, weather, *ground = rng.spawn(8)
    image = draw_sky(scene, sky)
    draw_clouds(image, scene, clouds)
    if "mountains" in scene.elements:
        draw_mountains(image, scene, mountains)
    draw_ground(image, scene, ground)
    draw_weather(image, scene, weather)
    return np.asarray(image.reduce(CANVAS // SIZE))


def pick_weather(season, rng):
    """Draws a weather that suits the season."""
    return WEATHERS[rng.choice(len(WEATHERS), p=ODDS["winter" if season == "winter" else "other"])]


def random_scene(rng):
    """Draws the words of a scene."""
    season = SEASONS[rng.integers(len(SEASONS))]
    time = TIMES[rng.integers(len(TIMES))]
    chances = rng.uniform(size=len(ELEMENTS))
    elements = frozenset(word for word, chance in zip(ELEMENTS, chances) if chance < 0.58)
    return Scene(season, time, pick_weather(season, rng), elements)


def scene_of(words, rng):
    """Reads a scene from words; what they leave open is drawn, elements are only those named."""
    named = words.replace(",", " ").split()
    chance = random_scene(rng)
    season = next((word for word in SEASONS if word in named), chance.season)
    time = next((word for word in TIMES if word in named), chance.time)
    weather = next((word for word in WEATHERS if word in named), chance.weather)
    return Scene(season, time, weather, frozenset(ELEMENTS).intersection(named))


def draw_scene(words, rng):
    """Draws the scene that the words name: a picture of 128x128x3 bytes."""
    return paint(scene_of(words, rng), rng)


def draw(rng):
    """Draws a random landscape and gives its words."""
    scene = random_scene(rng)
    return paint(scene, rng), scene.words()
