"""What `streamlit run dashboard.py` starts: the app with its live stream, and its screens."""

import streamlit as st

from monitor.screens.server import Server

server = Server.from_environment()

app = st.App("monitor/screens/main.py", lifespan=server.lifespan, routes=server.routes())
