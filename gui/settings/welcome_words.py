"""What the three pages of the welcome say."""

SERVER_PAGE = 1

# A title, and up to three paragraphs.
PAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "What Leafray does",
        (
            "It looks at a photo of one leaf and says which disease it is likely to be, how sure "
            "it is, what else it could be, and what to do now: 26 diseases of 14 crops, and "
            "healthy leaves.",
            "It is no laboratory. A leaf or crop that it has not learned is called unknown; do "
            "not treat on its word alone, and ask an expert before anything costly.",
        ),
    ),
    (
        "Where photos are diagnosed",
        (
            "On a server, or on this laptop alone, where no photo leaves it. The tab Settings "
            "adds other servers; you can change it there at any time.",
        ),
    ),
    (
        "Show me a leaf",
        (
            "One leaf, close up, in daylight and in focus, on a plain background.",
            "Press Ctrl+O to choose photos, paste a path, or watch the folder that your camera "
            "fills.",
            "Good to know: Ctrl+1 to Ctrl+6 go to the tabs, and Esc closes what is in the way.",
        ),
    ),
)
