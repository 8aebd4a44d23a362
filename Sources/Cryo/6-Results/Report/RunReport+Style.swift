extension RunReport {
  /// The page's style sheet. Colours of marks stand out on grey slices, so they are the same in light and dark.
  static let style = """
    :root { --page: #fbfbfc; --card: #ffffff; --ink: #1d2330; --soft: #5b6475; --line: #dfe3ea; --grid: #e6e9ef;
      --strong: #2457b8; --pale: #a9bfe6; --shade: #dbe6fa; }
    @media (prefers-color-scheme: dark) {
      :root { --page: #14171c; --card: #1c2027; --ink: #e6e9ef; --soft: #9aa4b5; --line: #323843; --grid: #2b313b;
        --strong: #7fb0ff; --pale: #3f5680; --shade: #24344f; }
    }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
    main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 60px; }
    h1 { font-size: 25px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 17px; margin: 0 0 12px; }
    .lead { margin: 4px 0 22px; color: var(--soft); font-size: 16px; }
    .lead b { color: var(--ink); }
    section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px;
      margin: 0 0 18px; }
    figure { margin: 0; }
    figcaption { color: var(--soft); font-size: 13px; margin-top: 6px; }
    svg { display: block; width: 100%; height: auto; }
    svg image { image-rendering: pixelated; }
    svg.slices { max-height: 900px; }
    .sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(235px, 1fr)); gap: 16px; }
    .maps { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 18px; }
    .map { max-height: 560px; }
    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 24px;
      align-items: start; }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 12px; color: var(--soft); font-size: 13px; }
    .legend span { display: inline-flex; align-items: center; gap: 6px; }
    .legend svg { width: 16px; height: 16px; background: #777; border-radius: 3px; }
    .legend svg.scale { width: 140px; height: 12px; border-radius: 2px; }
    .legend i { width: 14px; height: 12px; border-radius: 2px; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin-bottom: 10px; }
    th, td { text-align: left; vertical-align: top; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line); }
    th { font-weight: 500; color: var(--soft); white-space: nowrap; width: 1%; }
    td { overflow-wrap: anywhere; }
    code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.92em; }
    .prompt { fill: none; stroke: #ff3df2; }
    .proposal { fill: none; stroke: #33e1ff; }
    .truth { fill: none; stroke: #57ff6a; stroke-dasharray: 3 2; }
    .pick { fill: none; stroke: #ffe600; }
    .halo { fill: none; stroke: #000000; }
    .unscored { fill: #60646c; }
    .chart text { fill: var(--soft); font-size: 12px; }
    .grid { stroke: var(--grid); fill: none; }
    .bar-proposals { fill: var(--pale); background: var(--pale); }
    .bar-picks { fill: var(--strong); background: var(--strong); }
    .envelope { fill: var(--shade); }
    .curve { fill: none; stroke: var(--strong); stroke-width: 2; }
    .best { fill: var(--strong); stroke: var(--card); stroke-width: 1.5; }
    """
}
