"""The live screen built the usual way: a fragment each second, numerals, one chart of three rows.

The same data from the same database, thinned out in SQL like ours.
"""

import plotly.graph_objects as go  # type: ignore[import-untyped]
import streamlit as st

from bench.apps import source
from devices.numeric import Parameter

st.set_page_config(layout="wide")


@st.fragment(run_every=1)
def screen() -> None:
    """Read and draw everything."""
    db = source.opened()
    try:
        t_ms, values = source.latest(db)
        figure = source.figure(db, t_ms)
    finally:
        db.close()
    columns = st.columns(6)
    for column, parameter in zip(
        columns,
        (Parameter.HR, Parameter.SPO2, Parameter.RR, Parameter.ETCO2, Parameter.TEMP),
        strict=False,
    ):
        column.metric(parameter.value, f"{values[parameter]:.0f}")
    cuff = f"{values[Parameter.NIBP_SYS]:.0f}/{values[Parameter.NIBP_DIA]:.0f}"
    columns[5].metric("NIBP", cuff)
    st.plotly_chart(go.Figure(figure), key="chart", theme=None)


screen()
