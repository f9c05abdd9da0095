"""Chairside's own dashboard, without the part that keeps a recorder: the writer is the recorder."""

from pathlib import Path

import streamlit as st

from monitor.screens.server import Server

server = Server.from_environment()
server.keeper = None

MAIN = Path(__file__).resolve().parents[2] / "monitor" / "screens" / "main.py"
app = st.App(str(MAIN), lifespan=server.lifespan, routes=server.routes())
