"""A hand at the keyboard: fills forms in a browser as a clerk would, and reads what comes of it."""

import re
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from playwright.async_api import Page

from console.words import known
from rules.texts import catalogue

Typed = Mapping[str, Any]


async def fill(page: Page, typed: Typed) -> None:
    """Fill in inputs by their names: texts and dates, choices by value, boxes by True and False, several by a list.

    What is folded away is opened first. A date that no date input takes is typed as in a browser that has none; a
    choice that is not there is one that was there when the page was opened.
    """
    for name, value in typed.items():
        folded = page.locator(f'main details:not([open]):has([name="{name}"]) > summary')
        if await folded.count():
            await folded.first.click()
        found = page.locator(f'main [name="{name}"]:visible')
        if isinstance(value, Sequence) and not isinstance(value, str):
            for each in value:
                await page.locator(f'main [name="{name}"][value="{each}"]').check()
        elif isinstance(value, bool):
            await found.set_checked(value)
        elif await found.evaluate("each => each.tagName") == "SELECT":
            await found.evaluate(_STALE_CHOICE, value)
            await found.select_option(value)
        else:
            await found.evaluate(_PLAIN_INPUT, value)
            await found.fill(value)


_STALE_CHOICE = """(each, value) => {
  if (![...each.options].some((option) => option.value === value)) each.add(new Option(value, value));
}"""
_PLAIN_INPUT = r"""(each, value) => {
  if (each.type === "date" && value && !/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(value)) each.type = "text";
  if (each.type === "date" && /-02-3/.test(value)) each.type = "text";
}"""


async def press(page: Page, words: str) -> None:
    """Press a button by its words and wait for the page that comes of it."""
    await page.locator(f'main button:not(.unseen):text-is("{words}")').first.click()
    await page.wait_for_load_state()


async def register(page: Page, kind: str, typed: Typed) -> None:
    """Register a letter of a kind."""
    await page.goto(f"/register/{kind}")
    await fill(page, typed)
    await press(page, "登记")


async def record(page: Page, short: str, event: str, typed: Typed) -> None:
    """Record an event of a letter; a correction's target and field stand in the address."""
    where = "&".join(f"{name}={typed[name]}" for name in ("target", "field") if event == "correction")
    await page.goto(f"/letters/{short}/record/{event}?{where}")
    await fill(page, {name: value for name, value in typed.items() if not (where and name in ("target", "field"))})
    await page.click('button[name="step"][value="record"]')
    await page.wait_for_load_state()


async def problems(page: Page) -> dict[str, str]:
    """Return what a page says is wrong: by the name of the input, or blank for what stands at none."""
    marked = await page.locator("main .problem").all()
    found = {str(await each.get_attribute("id")).removeprefix("problem-"): await each.inner_text() for each in marked}
    listed = [await each.inner_text() for each in await page.locator("#refusal li").all()]
    rest = [words for words in listed if not any(words.endswith(reason) for reason in found.values())]
    return found | ({"": "；".join(rest)} if rest else {})


def says(key: str) -> re.Pattern[str]:
    """Return what a refusal says in Chinese, whatever the values in it."""
    template = catalogue("zh", "console" if known(f"refused.{key}") else "rules")[f"refused.{key}"]
    parts = [re.escape(literal) + (".*" if name else "") for literal, name, *_ in Formatter().parse(template)]
    return re.compile("".join(parts), re.DOTALL)
