"""A hand at the keyboard: fills forms in a browser as a clerk would, and reads what comes of it."""

import re
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from playwright.async_api import Locator, Page, expect

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
            for box in await page.locator(f'main [name="{name}"]').all():
                await box.set_checked(await box.get_attribute("value") in value)
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


async def send_draft(page: Page, article: Locator) -> None:
    """Pass a draft and send it, as the bureau's head does; being asked whether it is meant, say yes."""
    await article.locator("button:text-is('审核通过')").click()
    await expect(page.locator(".message.good")).to_have_text("已审核通过，可以发出。")
    page.once("dialog", lambda asked: asked.accept())
    await article.locator("button:text-is('发出')").click()
    await expect(page.locator(".message.good")).to_have_text("已发出。")


async def register(page: Page, kind: str, typed: Typed) -> None:
    """Register a letter of a kind."""
    await page.goto(f"/register/{kind}")
    await fill(page, typed)
    await press_register(page)


async def press_register(page: Page, treat: str = "late") -> None:
    """Press 登记; where something is past already, say how the letter is to be treated, and press it again."""
    await press(page, "登记")
    if await page.locator("#problem-treat").count():
        await page.check(f'main [name="treat"][value="{treat}"]')
        await press(page, "登记")


async def record(page: Page, short: str, event: str, typed: Typed) -> None:
    """Record an event of a letter; what a correction corrects stands in the address."""
    where = f"correct?target={typed['target']}" if event == "correction" else f"record/{event}"
    await page.goto(f"/letters/{short}/{where}")
    await fill(page, {name: value for name, value in typed.items() if not (event == "correction" and name == "target")})
    await page.click('button[name="step"][value="record"]')
    await page.wait_for_load_state()
    # What deserves a second look is looked at again, and is meant.
    if await page.locator('main button:text-is("核对无误，仍然登记")').count() and not await problems(page):
        await press(page, "核对无误，仍然登记")


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
