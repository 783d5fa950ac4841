"""Files that are made of runs: `analysis.exports`' formats and the page, and the shelf of them."""
