"""Pictures of a flow, or of one checkout on its way through it: Mermaid text and SVG."""

from unshackled.flow.plan.graph.mermaid import mermaid
from unshackled.flow.plan.graph.model import Graph, GraphNode, graph_of
from unshackled.flow.plan.graph.svg import svg

__all__ = ["Graph", "GraphNode", "graph_of", "mermaid", "svg"]
