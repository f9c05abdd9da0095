"""The screens: Streamlit pages, the live stream and its component."""
