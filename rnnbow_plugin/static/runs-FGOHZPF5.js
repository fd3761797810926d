/* RNNbow for TensorBoard. Apache-2.0. Contains Lit and pbf (BSD-3-Clause): see licenses.txt. */
import{B as ft,E as B,F as N,J as xt,O as gt,Q as bt,T as yt,V as wt,W as $t,X as vt,Y as Mt,_ as St,b as Z,ca as Tt,j as tt,k,q as et,s as W,t as j,u as _,v as pt,w as dt,x as mt,y as ut}from"./chunk-HDU3NKZJ.js";import{$ as H,J as rt,K as ot,N as nt,P as st,V as S,W as C,X as it,Y as at,Z as lt,_ as ct,aa as T,b as E,ba as D,ca as I,e as h,f as A,h as y,i as O,k as V,la as x,ma as b,na as w,r as U,ra as ht}from"./chunk-E4DNWXXX.js";var zt=5;function Bt(n){let t=n.reduce((e,{magnitude:o})=>e+o,0);if(!(t>0)||!Number.isFinite(t))return{lags:[],parts:[]};let r=[...n].sort((e,o)=>e.lag-o.lag);return{lags:r.map(({lag:e})=>e),parts:r.map(({magnitude:e})=>e/t)}}function At(n,t,r){let e=n.flatMap(({parts:l})=>l.filter(c=>c>0));if(e.length===0)return;let o=Math.max(...e),s=Math.max(Math.min(...e)*.8,o*10**-zt),i=n.flatMap(({lags:l,parts:c})=>l.filter((m,f)=>c[f]>=s)),a=[Math.min(0,...i),Math.max(0,...i)],p=ot(a,[0,t-1],t/60),d=p.ticks.filter(({value:l})=>Number.isInteger(l)).map(({value:l})=>({value:l,label:O(l)})),u=nt([s,o*1.15],[r,0],r/34);return{x:{...p,ticks:d},y:u,low:s}}function Ot(n,t,r){let e=n.map((i,a)=>a).sort((i,a)=>n[i]-n[a]),o=e.map(i=>n[i]);for(let i=1;i<o.length;i++)o[i]=Math.max(o[i],o[i-1]+t);for(let i=o.length-1,a=r;i>=0;i--)o[i]=Math.min(o[i],a),a=o[i]-t;let s=new Array(n.length);return e.forEach((i,a)=>s[i]=o[a]),s}var Gt=14;function Pt(n,t,{x:r,y:e,low:o},s,i,a){D(n,e,s,i),I(n,r,s,i,"");let p=t.map(({profile:l,colour:c})=>{n.strokeStyle=c,n.fillStyle=c,n.lineWidth=1.75,n.lineJoin="round",n.beginPath();let m;return l.lags.forEach((f,$)=>{let v=l.parts[$];if(v<o)return;let M={x:s.left+r.position(f),y:s.top+e.position(v)};$>0&&l.parts[$-1]>=o?n.lineTo(M.x,M.y):n.moveTo(M.x,M.y),m=M}),n.stroke(),m&&l.parts.filter(f=>f>=o).length===1&&(n.beginPath(),n.arc(m.x,m.y,3,0,2*Math.PI),n.fill()),m}),d=t.flatMap((l,c)=>p[c]?[{line:l,end:p[c]}]:[]),u=Ot(d.map(({end:l})=>l.y),Gt,s.top+s.height-2);n.font=T,n.textAlign="left",n.textBaseline="middle",d.forEach(({line:l,end:c},m)=>{let f=s.left+s.width+10;n.strokeStyle=l.colour,n.lineWidth=1,n.setLineDash([1,2]),n.beginPath(),n.moveTo(c.x+2,c.y),n.lineTo(f-3,u[m]),n.stroke(),n.setLineDash([]),n.fillStyle=i.text,n.fillText(Vt(n,l.name,a-12),f,u[m])})}function Vt(n,t,r){let e=0,o=()=>e===0?t:`…${t.slice(e)}`;for(;e<t.length-1&&n.measureText(o()).width>r;)e+=t.codePointAt(e)>65535?2:1;return o()}var F=12,Rt=210,Ut=42,q=F+Rt+Ut,Wt=S(n=>Bt(B(n))),P=class extends b{static properties={...b.properties,all:{attribute:!1}};#t;#e=w((t,r,...e)=>At(e,t,r));render(){return h`<div
      class="canvas-box"
      style="height:${q}px"
      role="img"
      aria-label=${this.summary()}
      data-testid="lag-profiles"
      @pointermove=${this.#o}
      @pointerleave=${this.#n}
    >
      ${this.canvases(q)} ${H(this.tip(),this.width)}
    </div>`}get lines(){return this.all.map(({context:{state:t,now:r},name:e,colour:o})=>({name:e,colour:o,profile:Wt(C(t.record.value,r.sequence,r.metric))}))}get names(){let t=Math.max(...this.all.map(({name:r})=>r.length));return Math.min(Math.max(40,t*7+14),this.width*.3)}get box(){let t=Math.max(1,this.width-x.left-this.names);return{left:x.left,top:F,width:t,height:Rt}}get axes(){let{box:t,lines:r}=this;return this.#e(t.width,t.height,...r.map(({profile:e})=>e))}summary(){return`Part of the gradient at each lag. ${this.lines.map(({name:r,profile:{lags:e,parts:o}})=>{let s=o.indexOf(Math.max(...o));return s<0?`${r}: no gradient that can be shown`:`${r}: most, ${V(o[s])}, at lag ${O(e[s])}`}).join(". ")}`}inputs(){let t=this.lines.flatMap(({name:r,colour:e,profile:o})=>[r,e,o]);return[this.axes,...t]}drawBase(t){let{axes:r,box:e}=this,{theme:o}=this.context,s=t.begin(this.width,q,this.ratio);r&&Pt(s,this.lines,r,e,o,this.names),s.font=T,s.fillStyle=o.muted,s.textAlign="left",s.textBaseline="top",s.fillText("lag: steps from the cell to the loss",e.left,e.top+e.height+24)}drawOverlay(t){let{axes:r,box:e}=this,o=t.begin(this.width,q,this.ratio);!r||this.#t===void 0||(o.fillStyle=this.context.theme.muted,o.fillRect(Math.round(e.left+r.x.position(this.#t)),e.top,1,e.height))}tip(){let{axes:t,box:r}=this,e=this.#t;if(!t||e===void 0)return;let o=this.lines.map(({name:i,profile:{lags:a,parts:p}})=>{let d=p[a.indexOf(e)];return h`${i} <b>${d===void 0?"none":V(d)}</b>`});return{x:r.left+t.x.position(e),y:F+8,lines:[`lag ${O(e)}`,...o]}}#o=t=>{let{axes:r,box:e}=this;if(!r)return;let{left:o}=t.currentTarget.getBoundingClientRect(),s=t.clientX-o-e.left,[i,a]=[r.x.position(0),r.x.position(1)],p=Math.round((s-i)/(a-i)),u=s>=-8&&s<=e.width+8&&this.lines.some(({profile:l})=>l.lags.includes(p));this.#r(u?p:void 0)};#n=()=>{this.#r(void 0)};#r(t){t!==this.#t&&(this.#t=t,this.requestUpdate())}};customElements.define("rnnbow-lag-profiles",P);var X=16,J=92,z=X+J+ut+6,jt=S(B),R=class extends b{static properties={...b.properties,beside:{attribute:!1},extent:{attribute:!1}};#t;#e=w(it);#o=w(at);#n=w((t,r,e)=>({up:t,down:r,floor:e}));render(){let{state:t,now:r}=this.beside.context,e=t.record.value,o=this.#e(e,r.sequence,r.metric),s=N(jt(o.items),void 0,r.metric.scale===E.SHARE);return h`<div
      class="canvas-box pointable"
      style="height:${z}px"
      role="img"
      aria-label="${this.beside.name} at step ${y(e.message.step)}: ${s}"
      data-testid="run-bars:${r.run??""}"
      @pointermove=${this.#l}
      @pointerleave=${this.#c}
    >
      ${this.canvases(z)} ${H(this.tip(),this.width)}
    </div>`}get box(){let t=Math.max(1,this.width-x.left-8);return{left:x.left,top:X,width:t,height:J}}get bars(){let{state:t,now:r}=this.beside.context,{box:e,ratio:o}=this,s=this.#e(t.record.value,r.sequence,r.metric),i=this.#a(s.items.length),[a,p]=[Math.round(e.width*o),Math.round(e.height*o)],{up:d,down:u,floor:l}=this.extent,c=this.#n(d,u,l);return this.#o(s,t.selection.scale,i,a,p,o,c)}#r=w(t=>[0,t-1]);#i=w(k);#a(t){return this.#i(this.beside.context.state.selection.cells,this.#r(t))}inputs(){return[this.bars,...this.beside.context.colours]}drawBase(t){let{bars:r,box:e,ratio:o}=this,{colours:s,theme:i}=this.beside.context,a=t.begin(this.width,z,o);pt(t,r,s,e,o),a.globalCompositeOperation="destination-over",D(a,r.axis,e,i,{ratio:o}),a.globalCompositeOperation="source-over",dt(a,r,e,i,o),a.fillStyle=i.border,a.fillRect(e.left,e.top+r.stack.zero/o,e.width,1);let p={...e,top:e.top+e.height+3};ft(a,r.columns,p,i,o)}drawOverlay(t){let{bars:r,box:e,ratio:o}=this,{colours:s,theme:i,now:a}=this.beside.context,p=t.begin(this.width,z,o);a.source!==void 0&&mt(p,r,a.source,s,e,i,o)}#s(){if(!this.#t)return;let{bars:t,box:r,ratio:e}=this,{columns:o,stack:s,width:i,picture:a}=t,p=st(o,(this.#t.x-r.left)*e,i),d=p<0?-1:rt(s,p,(this.#t.y-r.top)*e,4*e);if(d<0)return;let u=o.cells[p];return{cell:u,source:u+a.items.firstLag+d}}tip(){let t=this.#s();if(!this.#t||!t)return;let{state:r,now:e}=this.beside.context,o=r.record.value,s=o.sequences[e.sequence],{labels:i}=o.message,a=ht(this.bars.picture,s,i,t.cell,t.source);return{x:this.#t.x,y:X+J/2,lines:a}}#l=t=>{let r=t.currentTarget.getBoundingClientRect();this.#t={x:t.clientX-r.left,y:t.clientY-r.top},this.context.controller.hover(this.#s()?.source),this.requestUpdate()};#c=()=>{this.#t=void 0,this.context.controller.hover(void 0),this.requestUpdate()}};customElements.define("rnnbow-run-bars",R);var Y=44,K=20,_t=26,Lt=new WeakMap;function Ft(n){if(!n)return;let t=Lt.get(n);return t||(t={strip:St(n)},Lt.set(n,t)),t.strip}var L=class extends b{static properties={...b.properties,all:{attribute:!1}};render(){let{height:t}=this,r=this.drawn.map(({beside:e,strip:o})=>{let s=o.facts.steps.length-1;return`${e.name}, step ${y(o.facts.steps[s])}: ${Tt(o.facts,s)}`});return h`<div
      class="canvas-box"
      style="height:${t}px"
      role="img"
      aria-label="Horizon over training. ${r.join(". ")}"
      data-testid="run-strips"
    >
      ${this.canvases(t)}
    </div>`}get drawn(){return this.all.flatMap(t=>{let r=Ft(t.context.state.overview.value);return r?[{beside:t,strip:r}]:[]})}get height(){return this.drawn.length*(K+Y)+_t}box(t){let r=Math.max(1,this.width-x.left-x.right),e=t*(K+Y)+K;return{left:x.left,top:e,width:r,height:Y}}inputs(){let{palette:t,scale:r,zoom:e}=this.context.state.selection;return[t,r,e,...this.drawn.flatMap(({beside:o,strip:s})=>[o.name,s])]}drawBase(t){let{drawn:r,ratio:e}=this,{theme:o,state:s}=this.context,i=t.begin(this.width,this.height,e);if(r.length===0)return;let{palette:a,zoom:p}=s.selection,d=r.flatMap(({strip:{facts:f}})=>[f.steps[0],f.steps.at(-1)]),u=tt([Math.min(...d),Math.max(...d)],[]),l=xt(k(p,u),this.box(0).width),c=this.#t(r),m=wt(a,o);r.forEach(({beside:f,strip:{facts:$,usual:v}},M)=>{let g=this.box(M),{steps:G,sums:kt,rows:Q,horizons:Ct}=$,Ht=Math.round(g.width*e),Dt=yt(G,v,qt=>l.position(qt)*e,Ht);$t(t,kt,Dt,c,m,g,e,o);let[It,Nt]=Z(G,l.position,Math.max(1,Math.floor(g.width)));vt(i,G,Ct,Q,l.position,g,Nt-It<gt),Mt(i,Q,g,o),i.font=T,i.textAlign="left",i.fillStyle=o.text,i.fillText(f.name,g.left+12,g.top-9),i.fillStyle=f.colour,i.fillRect(g.left,g.top-13,8,8)}),I(i,l,this.box(r.length-1),o,"step")}drawOverlay(t){t.begin(this.width,this.height,this.ratio)}#t(t){let r=t.map(({strip:s})=>s.facts.sums),e=Math.max(...r.map(({highest:s})=>s)),o=Math.min(...r.map(({lowest:s})=>s));return bt(e,o,this.context.state.selection.scale==="log")}};customElements.define("rnnbow-run-strips",L);var Xt=S(B);function Jt(n,t,r){let{now:e}=n,{state:o,now:s}=t.context,i=o.record.value,a=j(t,e.metric?.name),p=i&&a&&C(i,s.sequence,s.metric),d=p&&N(Xt(p),void 0,s.metric.scale===E.SHARE),u=i?.message.step??s.step;return h`<div class="run-row" data-testid="run-row:${s.run??""}">
    <p class="run-head">
      <span class="dot" style="background:${t.colour}"></span><b>${t.name}</b>
      <span
        >${s.tag}${s.tagInfo?` · ${U(s.tagInfo.cell)}, H ${s.tagInfo.hiddenSize}`:""}</span
      >
      ${d===void 0?A:h`<span class="far">${d}</span>`}
      ${Kt(n,t,u)}
    </p>
    ${ct(n,`The record of ${t.name} cannot be shown.`,o.record.error??o.steps.error,`run-error:${s.run??""}`)}
    ${i&&a?h`<rnnbow-run-bars
            .context=${n}
            .beside=${t}
            .extent=${r}
          ></rnnbow-run-bars>`:o.record.error?A:h`<p class="note">${Yt(n,t)}</p>`}
  </div>`}function Yt({now:n},{context:{state:t,now:r}}){if(t.record.value){let e=n.metric?.label||n.metric?.name||"such metric";return`${r.tagInfo?U(r.tagInfo.cell):"This layer"} has no ${e}.`}return r.step===void 0&&t.steps.value!==void 0?"No record of this layer is kept yet.":"Loading the record…"}function Kt({controller:n,announce:t},{context:{state:r,now:e},chosen:o,own:s,name:i},a){if(a===void 0)return A;let p=h`<span>step ${y(a)}</span>`;if(o)return h`<span class="run-step">${p}</span>`;let d=r.steps.value?.steps??[],u=c=>{let{beside:m}=n.state.selection;n.select({beside:m.map(f=>f.run===e.run?{...f,step:c}:f)}),t(c===void 0?`${i} follows the chosen run`:`${i}: step ${y(c)}`)},l=c=>{let m=d[e.place+c];return h`<button
      type="button"
      class="small"
      aria-label="${c<0?"Previous":"Next"} record of ${i}"
      data-testid="run-${c<0?"previous":"next"}:${e.run??""}"
      aria-disabled=${m===void 0||e.place<0?"true":"false"}
      @click=${()=>{m!==void 0&&e.place>=0&&u(m)}}
    >
      ${c<0?"‹":"›"}
    </button>`};return h`<span class="run-step" role="group" aria-label="Record of ${i}"
    >${l(-1)}${p}${l(1)}
    <button
      type="button"
      class="small"
      data-testid="run-same:${e.run??""}"
      aria-pressed=${s?"false":"true"}
      title="At the record nearest to the step of the chosen run"
      @click=${()=>{u(s?void 0:a)}}
    >
      same step
    </button></span
  >`}function Et(n,t){return n.filter(r=>r.context.state.record.value&&j(r,t))}function Qt(n,t){let{metric:r}=n.now,e=Et(W(n),r?.name);if(e.length===0)return;let o=_(e),s=e.map(c=>{let{now:m,state:f}=c.context,{step:$}=f.record.value.message,v=new R;return Object.assign(v,{beside:c,extent:o}),{heading:`${c.name} · ${m.tag??""} · step ${y($)}`,layers:v.layers(n,t)}}),i=new P;i.all=e,s.push({heading:"Gradient by lag as part of each run’s own",layers:i.layers(n,t)});let p=new L;p.all=e,s.push({heading:"Horizon over training",layers:p.layers(n,t)});let d=e.reduce((c,m)=>c.context.colours.length<m.context.colours.length?m:c),{first_lag:u}=d.context.state.record.value.message,l=et(u,d.context.colours);return{title:"Runs side by side",subtitle:`${r.label||r.name} at each cell, on one scale`,legend:[{kind:"ramp",label:"lag: steps from the cell to the loss",...l}],plots:s,note:""}}function Zt(n){let t=W(n),r=n.now.metric,e=Et(t,r?.name),o=_(e),s=r?.label||r?.name||"gradient";return h`${lt("runs","Runs side by side",`${s} at each cell, on one scale`)}
    <div class="runs-split">
      <div>${t.map(i=>Jt(n,i,o))}</div>
      ${e.length===0?A:h`<div>
              <p class="run-head">
                <span class="far">Gradient by lag</span> as part of each run’s own
              </p>
              <rnnbow-lag-profiles .context=${n} .all=${e}></rnnbow-lag-profiles>
              <p class="run-head">
                <span class="far">Horizon over training</span> the same colours for all
              </p>
              <rnnbow-run-strips .context=${n} .all=${e}></rnnbow-run-strips>
            </div>`}
    </div>`}var cr={id:"runs",title:"Runs side by side",accepts:({state:n})=>n.beside.length>0,render:Zt,picture:Qt};export{cr as runs};
