"""Every address this server answers, in one list."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from chat.web import cases, commands, demo, files, health, hooks, pages, support, support_map, support_message
from chat.web.assets import Assets

PAGES = Path(__file__).parent.parent / "pages_static"  # styles and pictures of the pages that need no build

ROUTES: list[web.AbstractRouteDef] = [
    web.post("/api/customer/upload", files.customer),
    web.post("/api/agent/upload", files.agent),
    web.post("/api/case_link/upload", files.case_link),
    web.get("/files/{attachment_id}/{name}", files.file),
    web.post("/api/customer/{command}", commands.customer),
    web.post("/api/agent/{command}", commands.agent),
    web.post("/api/case_link/{command}", commands.case_link),
    web.post("/hooks/shop/{site}", hooks.shop),
    web.post("/hooks/payments", hooks.payments),
    web.get("/api/openapi.json", commands.openapi),
    web.get("/", pages.home),
    web.get("/favicon.ico", pages.icon),
    web.get("/widget.js", pages.loader),
    web.get("/widget/page.js", pages.page_part),
    web.get("/widget.d.ts", pages.types),
    web.get("/widget/frame", pages.frame),
    web.get("/chat/{site}", pages.chat),
    web.get("/console", pages.console),
    web.get("/demo", demo.shop),
    web.get("/demo/wallet", demo.wallet),
    web.get("/demo/widget-states", demo.widget_states),
    web.get("/demo/identity", demo.identity),
    web.get("/case/{token}", cases.case),
    web.post("/case/{token}", cases.act),
    web.get("/help", support.choose_site),
    web.get("/help/{site}", support.choose_language),
    web.get("/help/{site}/sitemap.xml", support_map.sitemap),
    web.get("/help/{site}/{locale}", support.home),
    web.get("/help/{site}/{locale}/message", support_message.form),
    web.post("/help/{site}/{locale}/message", support_message.leave),
    web.get("/help/{site}/{locale}/apply", support.apply),
    web.get("/help/{site}/{locale}/policies", support.policies),
    web.get("/help/{site}/{locale}/policies/{slug}", support.policy),
    web.get("/help/{site}/{locale}/{slug}", support.article),
    web.post("/help/{site}/{locale}/{slug}", support.vote),
    web.get("/sitemap.xml", support_map.index),
    web.get("/robots.txt", support_map.robots),
    web.static("/pages/", PAGES),
    web.get("/healthz", health.alive),
    web.get("/readyz", health.ready),
    web.get("/metrics", health.metrics),
]


def add_routes(app: web.Application, assets: Assets) -> None:
    app.add_routes(ROUTES)
    if assets.folder.is_dir():
        app.router.add_static("/static/", assets.folder)
