// A dashboard as Grafana's own components draw it: chrome, graphs, tiles, tables, legends, units,
// colors, and its transformations. What Grafana itself does around them is here in short: overrides,
// the grid, the head. State timelines are a panel of Grafana alone, drawn here by hand.
import React from 'react';
import { createRoot } from 'react-dom/client';
import {
  FieldType, applyNullInsertThreshold, createDataFrame, createTheme, getDisplayProcessor, getFieldDisplayName, getValueFormat,
  standardTransformers, standardTransformersRegistry, toUtc, transformDataFrame,
} from '@grafana/data';
import {
  BigValue, BigValueColorMode, BigValueGraphMode, BigValueJustifyMode, BigValueTextMode, GlobalStyles,
  PanelChrome, Table, ThemeContext, TimeSeries,
} from '@grafana/ui';
import { lastValueFrom } from 'rxjs';

const { board, answers, from, to, width, dark } = window.DASHBOARD;
const theme = createTheme({ colors: { mode: dark ? 'dark' : 'light' } });
const GAP = 8;
const CELL = 30;
const range = { from: toUtc(from * 1000), to: toUtc(to * 1000), raw: { from: toUtc(from * 1000), to: toUtc(to * 1000) } };

const { filterFieldsByNameTransformer, mergeTransformer, organizeFieldsTransformer } = standardTransformers;
const TRANSFORMERS = [filterFieldsByNameTransformer, mergeTransformer, organizeFieldsTransformer];
standardTransformersRegistry.setInit(() => TRANSFORMERS.map((transformation) => ({
  id: transformation.id, name: transformation.name, transformation: async () => transformation, editor: () => null,
})));

// --- from answers to frames ----------------------------------------------------------------------

function legendOf(target, metric) {
  if (target.legendFormat === '__auto') {
    return Object.values(metric).join(' ');
  }
  return target.legendFormat.replace(/{{(\w+)}}/g, (_, name) => metric[name] ?? '');
}

function seriesFrames(panel) {
  return panel.targets.flatMap((target) => (answers[panel.id]?.[target.refId] ?? []).map((series) => createDataFrame({
    refId: target.refId,
    fields: [
      {
        name: 'Time', type: FieldType.time, values: series.values.map(([at]) => at * 1000),
        config: { interval: window.DASHBOARD.step * 1000 },
      },
      {
        name: 'Value', type: FieldType.number, labels: series.metric,
        values: series.values.map(([, text]) => Number(text)),
        config: { displayNameFromDS: legendOf(target, series.metric) },
      },
    ],
  })));
}

// The format "table" of the Prometheus data source: a column a label, one for the value.
function tableFrame(panel, target) {
  const found = answers[panel.id]?.[target.refId] ?? [];
  const labels = [...new Set(found.flatMap((series) => Object.keys(series.metric)))].sort();
  const value = panel.targets.length > 1 ? `Value #${target.refId}` : 'Value';
  return createDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: found.map((series) => series.values[0][0] * 1000) },
      ...labels.map((name) => ({
        name, type: FieldType.string, config: { filterable: false },
        values: found.map((series) => series.metric[name] ?? ''),
      })),
      { name: value, type: FieldType.number, values: found.map((series) => Number(series.values[0][1])) },
    ],
  });
}

// --- fields as the panel configures them ---------------------------------------------------------

function assign(config, path, value) {
  const [first, ...rest] = path.split('.');
  return { ...config, [first]: rest.length === 0 ? value : assign(config[first] ?? {}, rest.join('.'), value) };
}

function matches(matcher, name) {
  if (matcher.id === 'byName') {
    return matcher.options === name;
  }
  if (matcher.id === 'byRegexp') {
    return new RegExp(matcher.options).test(name);
  }
  throw new Error(`a matcher that is not drawn: ${matcher.id}`);
}

function configure(panel, frames) {
  const { defaults, overrides } = panel.fieldConfig;
  let index = 0;
  for (const frame of frames) {
    for (const field of frame.fields) {
      const name = getFieldDisplayName(field, frame, frames);
      const numeric = field.type === FieldType.number;
      let config = { ...(numeric ? defaults : { custom: defaults.custom }), ...field.config };
      for (const override of overrides.filter(({ matcher }) => matches(matcher, name))) {
        config = override.properties.reduce((known, { id, value }) => assign(known, id, value), config);
      }
      if (numeric && config.unit !== undefined && !KNOWN_UNITS(config.unit)) {
        throw new Error(`${panel.title}: Grafana knows no unit ${config.unit}`);
      }
      if (config.thresholds) {  // JSON has no -Infinity
        const [base, ...more] = config.thresholds.steps;
        config = { ...config, thresholds: { ...config.thresholds, steps: [{ ...base, value: -Infinity }, ...more] } };
      }
      field.config = config;
      field.state = { ...field.state, displayName: name, seriesIndex: numeric ? index++ : 0 };
      field.display = getDisplayProcessor({ field, theme });
      field.getLinks = () => [];
    }
  }
  return frames;
}

// getValueFormat makes a suffix of an id that it does not know.
function KNOWN_UNITS(unit) {
  return unit === 'none' || unit === 'short' || !(getValueFormat(unit)(1).suffix ?? '').includes(unit) ||
    ['s', 'bytes'].includes(unit);
}

// --- kinds of panels -----------------------------------------------------------------------------

function Stat({ panel, width, height }) {
  const options = panel.options;
  const frames = configure(panel, seriesFrames(panel));
  const values = frames.map((frame) => {
    const field = frame.fields[1];
    const shown = field.display(field.values[field.values.length - 1]);
    return { ...shown, title: getFieldDisplayName(field, frame, frames) };
  });
  if (values.length === 0) {
    const text = panel.fieldConfig.defaults.noValue ?? 'No data';
    values.push({ text, numeric: NaN, color: theme.colors.text.secondary, title: '' });
  }
  const across = width / height > 1.4 || values.length < 2;
  const each = across ? (width - GAP * (values.length - 1)) / values.length : (height - GAP * (values.length - 1)) / values.length;
  return (
    <div style={{ display: 'flex', flexDirection: across ? 'row' : 'column', gap: GAP }}>
      {values.map((value, number) => (
        <BigValue key={number} theme={theme} value={value} width={across ? each : width} height={across ? height : each}
          colorMode={options.colorMode === 'value' ? BigValueColorMode.Value : BigValueColorMode.Background}
          graphMode={BigValueGraphMode.None} justifyMode={BigValueJustifyMode.Auto}
          textMode={value.title && values.length > 1 || value.title !== 'Value' && value.title ? BigValueTextMode.ValueAndName : BigValueTextMode.Value} />
      ))}
    </div>
  );
}

function Graph({ panel, width, height }) {
  // As Grafana does before it draws: a gap is no line.
  const frames = configure(panel, seriesFrames(panel)).map((frame) => applyNullInsertThreshold({
    frame, refFieldPseudoMin: from * 1000, refFieldPseudoMax: to * 1000,
  }));
  if (frames.length === 0) {
    return <NoData />;
  }
  return (
    <TimeSeries frames={frames} timeRange={range} timeZone="utc" width={width} height={height}
      legend={panel.options.legend} structureRev={1} />
  );
}

function DataTable({ panel, width, height }) {
  const [frame, setFrame] = React.useState(null);
  React.useEffect(() => {
    const frames = panel.targets.map((target) => tableFrame(panel, target)).filter(({ length }) => length > 0);
    lastValueFrom(transformDataFrame(panel.transformations, frames))
      .then((made) => setFrame(configure(panel, made)[0] ?? false))
      .catch((error) => setFrame(() => { throw error; }));
  }, []);
  if (frame === null) {
    return null;
  }
  if (!frame || frame.length === 0) {
    return <NoData />;
  }
  return (
    <Table data={frame} width={width} height={height} showTypeIcons={false} cellHeight={panel.options.cellHeight}
      initialSortBy={panel.options.sortBy} />
  );
}

// The panel plugin is not in @grafana/ui: rows of bands by hand, colors and names by Grafana.
function Timeline({ panel, width, height }) {
  const frames = configure(panel, seriesFrames(panel));
  const names = Math.min(width * 0.3, 260);
  const row = Math.min(28, (height - 20) / Math.max(frames.length, 1));
  const scale = (width - names - 10) / (to - from);
  const step = window.DASHBOARD.step * 1.6;
  const bands = (field, times) => {
    const found = [];
    field.values.forEach((value, place) => {
      const at = times[place] / 1000;
      const last = found[found.length - 1];
      if (last && last.value === value && at - last.end <= step) {
        last.end = at;
      } else {
        if (last && at - last.end <= step) {
          last.end = at;
        }
        found.push({ value, begin: at, end: at });
      }
    });
    return found;
  };
  return (
    <svg width={width} height={height} style={{ fontSize: Math.min(12, row * 0.75) }}>
      {frames.map((frame, number) => (
        <g key={number} transform={`translate(0, ${number * row})`}>
          <text x={names - 8} y={row * 0.65} textAnchor="end" fill={theme.colors.text.primary}>
            {getFieldDisplayName(frame.fields[1], frame, frames).replace(/ +/g, ' ')}
          </text>
          {bands(frame.fields[1], frame.fields[0].values).map((band, place) => (
            <rect key={place} x={names + (band.begin - from) * scale} y={row * 0.1} height={row * 0.8}
              width={Math.max(1, (band.end - band.begin) * scale)} fill={frame.fields[1].display(band.value).color} />
          ))}
        </g>
      ))}
    </svg>
  );
}

function NoData() {
  return <div style={{ color: theme.colors.text.secondary, textAlign: 'center', paddingTop: 40 }}>No data</div>;
}

const KINDS = { stat: Stat, timeseries: Graph, table: DataTable, 'state-timeline': Timeline };

// --- the whole -----------------------------------------------------------------------------------

function Panel({ panel }) {
  const column = (width + GAP) / 24;
  const { x, y, w, h } = panel.gridPos;
  const place = {
    position: 'absolute', left: x * column, top: y * (CELL + GAP), width: w * column - GAP, height: h * (CELL + GAP) - GAP,
  };
  if (panel.type === 'row') {
    return <h2 style={{ ...place, margin: 0, fontSize: 16, lineHeight: `${CELL}px` }}>⌄ {panel.title}</h2>;
  }
  const Kind = KINDS[panel.type];
  return (
    <div style={place} className="drawn-panel">
      <PanelChrome title={panel.title} description={panel.description} width={place.width} height={place.height} padding="sm">
        {(innerWidth, innerHeight) => <Kind panel={panel} width={innerWidth} height={innerHeight} />}
      </PanelChrome>
    </div>
  );
}

function Head() {
  return (
    <div style={{ display: 'flex', gap: 8, alignItems: 'center', height: 40, flexWrap: 'wrap' }}>
      <strong style={{ fontSize: 18, marginRight: 12 }}>{board.title}</strong>
      {board.templating.list.map((variable) => (
        <span key={variable.name} style={{ display: 'flex', fontSize: 12, border: `1px solid ${theme.colors.border.medium}` }}>
          <span style={{ padding: '4px 8px', background: theme.colors.background.secondary }}>{variable.label}</span>
          <span style={{ padding: '4px 8px' }}>{[].concat(variable.current.text ?? 'Prometheus').join(' + ')}</span>
        </span>
      ))}
    </div>
  );
}

class Guard extends React.Component {
  state = { error: null };

  static getDerivedStateFromError(error) {
    document.title = `FAILED ${error.message}`;
    return { error };
  }

  render() {
    return this.state.error ? <pre>{this.state.error.stack}</pre> : this.props.children;
  }
}

createRoot(document.getElementById('root')).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <Guard>
      <div style={{ padding: 12, background: theme.colors.background.canvas, color: theme.colors.text.primary, minHeight: '100vh' }}>
        <Head />
        <div style={{ position: 'relative', width }}>
          {board.panels.map((panel) => <Panel key={panel.id} panel={panel} />)}
        </div>
      </div>
    </Guard>
  </ThemeContext.Provider>,
);
