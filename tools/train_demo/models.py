"""The two networks as PyTorch modules, their state dicts in the official layouts.

`SAM` has the parameter names and the arithmetic of segment_anything/modeling, `DINO` those of
dinov2/models/vision_transformer.py at the position table's own size. Written anew, for any size, and for many prompts
on one image at once.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MLP(nn.Module):
    """Two layers with GELU; `names` are the official ones of the two layers."""

    def __init__(self, width: int, hidden: int, names: tuple[str, str]) -> None:
        super().__init__()
        self.names = names
        setattr(self, names[0], nn.Linear(width, hidden))
        setattr(self, names[1], nn.Linear(hidden, width))

    def forward(self, x: Tensor) -> Tensor:
        return getattr(self, self.names[1])(F.gelu(getattr(self, self.names[0])(x)))


class LayerNorm2d(nn.LayerNorm):
    """As the official class of this name, on channels that are last."""

    def __init__(self, width: int) -> None:
        super().__init__(width, eps=1e-6)


def start(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=1 / math.sqrt(module.in_features), a=-3, b=3)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


# --- SAM's image encoder ----------------------------------------------------------------------------------------------


class WindowAttention(nn.Module):
    """Attention with decomposed relative positions in windows of `side`, which divides the grid."""

    def __init__(self, width: int, heads: int, side: int) -> None:
        super().__init__()
        self.heads, self.side = heads, side
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * side - 1, width // heads))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * side - 1, width // heads))
        places = torch.arange(side)
        self.register_buffer("offsets", places[:, None] - places[None] + side - 1, persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # [B, side, side, C]
        batch, side, _, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, side * side, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        rows = q.reshape(batch, self.heads, side, side, -1)
        by_row = torch.einsum("bnhwc,hkc->bnhwk", rows, self.rel_pos_h[self.offsets])
        by_column = torch.einsum("bnhwc,wkc->bnhwk", rows, self.rel_pos_w[self.offsets])
        bias = (by_row[..., :, None] + by_column[..., None, :]).reshape(batch, self.heads, side * side, side * side)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.proj(out.transpose(1, 2).reshape(batch, side, side, width))


class EncoderBlock(nn.Module):
    def __init__(self, width: int, heads: int, grid: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn = WindowAttention(width, heads, window or grid)
        self.mlp = MLP(width, 4 * width, ("lin1", "lin2"))

    def forward(self, x: Tensor) -> Tensor:  # [B, g, g, C]
        normed = self.norm1(x)
        if self.window:
            batch, grid, _, width = x.shape
            count, side = grid // self.window, self.window
            windows = normed.reshape(batch, count, side, count, side, width).transpose(2, 3)
            out = self.attn(windows.reshape(-1, side, side, width))
            out = out.reshape(batch, count, count, side, side, width).transpose(2, 3).reshape(x.shape)
        else:
            out = self.attn(normed)
        x = x + out
        return x + self.mlp(self.norm2(x))


class ImageEncoder(nn.Module):
    def __init__(self, grid: int, patch: int, width: int, heads: int, windows: list[int], outputs: int) -> None:
        super().__init__()
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(3, width, patch, patch)
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, grid, grid, width))
        self.blocks = nn.ModuleList(EncoderBlock(width, heads, grid, window) for window in windows)
        self.neck = nn.ModuleList(
            [
                nn.Conv2d(width, outputs, 1, bias=False),
                LayerNorm2d(outputs),
                nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
                LayerNorm2d(outputs),
            ]
        )

    def forward(self, image: Tensor) -> Tensor:  # [B, 3, S, S] -> [B, g, g, outputs]
        x = self.patch_embed.proj(image).permute(0, 2, 3, 1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        x = self.neck[1](F.linear(x, self.neck[0].weight[:, :, 0, 0]))
        return self.neck[3](self.neck[2](x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))


# --- SAM's prompt encoder and mask decoder ----------------------------------------------------------------------------


class PromptEncoder(nn.Module):
    """Point and mask prompts. The frequencies are drawn at several scales: low ones for long ways, high ones to tell
    neighbouring cells apart."""

    def __init__(self, grid: int, patch: int, width: int, frequencies: tuple[float, float]) -> None:
        super().__init__()
        self.grid, self.side = grid, grid * patch
        self.pe_layer = nn.Module()
        scale = torch.logspace(*(math.log10(f) for f in frequencies), width // 2)[torch.randperm(width // 2)]
        self.pe_layer.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, width // 2) * scale)
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, width) for _ in range(4))
        self.not_a_point_embed = nn.Embedding(1, width)
        self.mask_downscaling = nn.ModuleList(
            [
                nn.Conv2d(1, 4, 2, 2),
                LayerNorm2d(4),
                nn.Identity(),
                nn.Conv2d(4, 16, 2, 2),
                LayerNorm2d(16),
                nn.Identity(),
                nn.Conv2d(16, width, 1),
            ]
        )
        self.no_mask_embed = nn.Embedding(1, width)
        for embedding in [*self.point_embeddings, self.not_a_point_embed, self.no_mask_embed]:
            nn.init.normal_(embedding.weight, std=0.3)

    def positions(self, places: Tensor) -> Tensor:
        """`places` (x, y) in 0 ... 1 -> [..., C]"""
        angles = 2 * math.pi * ((2 * places - 1) @ self.pe_layer.positional_encoding_gaussian_matrix)
        return torch.cat([angles.sin(), angles.cos()], -1)

    def dense_positions(self) -> Tensor:
        cells = (torch.arange(self.grid, device=self.no_mask_embed.weight.device) + 0.5) / self.grid
        rows, columns = torch.meshgrid(cells, cells, indexing="ij")
        return self.positions(torch.stack([columns, rows], -1)).reshape(-1, self.no_mask_embed.weight.shape[1])

    def points(self, points: Tensor) -> Tensor:
        """A positive point for each prompt, `[I, N, 2]` in pixels of the input -> [I, N, 2, C], padding point last."""
        embedded = self.positions((points + 0.5) / self.side) + self.point_embeddings[1].weight[0]
        return torch.stack([embedded, self.not_a_point_embed.weight[0].expand_as(embedded)], -2)

    def masks(self, logits: Tensor | None) -> Tensor:
        """`[I, N, 4g, 4g]` -> [I, N, g * g, C], or [C] without masks."""
        if logits is None:
            return self.no_mask_embed.weight[0]
        layers = self.mask_downscaling
        images, prompts, side, _ = logits.shape
        x = layers[0](logits.reshape(-1, 1, side, side)).permute(0, 2, 3, 1)
        x = F.gelu(layers[1](x)).permute(0, 3, 1, 2)
        x = F.gelu(layers[4](layers[3](x).permute(0, 2, 3, 1)))
        x = F.linear(x, layers[6].weight[:, :, 0, 0], layers[6].bias)
        return x.reshape(images, prompts, self.grid**2, -1)


class Attention(nn.Module):
    def __init__(self, width: int, inner: int, heads: int = 8) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, inner) for _ in range(3))
        self.out_proj = nn.Linear(inner, width)

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """q `[I, Nq, Lq, C]`, k and v `[I, Nk, Lk, C]`, where Nq or Nk may be 1: shared by all prompts."""
        q, k, v = self.q_proj(q), self.k_proj(k), self.v_proj(v)
        prompts = max(q.shape[1], k.shape[1], v.shape[1])

        def apart(x: Tensor) -> Tensor:
            x = x.expand(-1, prompts, -1, -1).reshape(x.shape[0] * prompts, x.shape[2], self.heads, -1)
            return x.transpose(1, 2)

        out = F.scaled_dot_product_attention(apart(q), apart(k), apart(v))
        return self.out_proj(out.transpose(1, 2).reshape(q.shape[0], prompts, q.shape[2], -1))


class TwoWayLayer(nn.Module):
    def __init__(self, width: int, hidden: int, first: bool) -> None:
        super().__init__()
        self.first = first
        self.self_attn = Attention(width, width)
        self.cross_attn_token_to_image = Attention(width, width // 2)
        self.cross_attn_image_to_token = Attention(width, width // 2)
        self.mlp = nn.Module()
        self.mlp.lin1, self.mlp.lin2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2, self.norm3, self.norm4 = (nn.LayerNorm(width, eps=1e-5) for _ in range(4))

    def forward(self, tokens: Tensor, image: Tensor, token_pe: Tensor, image_pe: Tensor) -> tuple[Tensor, Tensor]:
        if self.first:
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            q = tokens + token_pe
            tokens = tokens + self.self_attn(q, q, tokens)
        tokens = self.norm1(tokens)
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(tokens + token_pe, image + image_pe, image))
        tokens = self.norm3(tokens + self.mlp.lin2(F.relu(self.mlp.lin1(tokens))))
        image = self.norm4(image + self.cross_attn_image_to_token(image + image_pe, tokens + token_pe, tokens))
        return tokens, image


class TwoWayTransformer(nn.Module):
    def __init__(self, width: int, hidden: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TwoWayLayer(width, hidden, index == 0) for index in range(depth))
        self.final_attn_token_to_image = Attention(width, width // 2)
        self.norm_final_attn = nn.LayerNorm(width, eps=1e-5)

    def forward(self, tokens: Tensor, image: Tensor, image_pe: Tensor) -> tuple[Tensor, Tensor]:
        token_pe = tokens
        for layer in self.layers:
            tokens, image = layer(tokens, image, token_pe, image_pe)
        out = self.final_attn_token_to_image(tokens + token_pe, image + image_pe, image)
        return self.norm_final_attn(tokens + out), image


class ReLUStack(nn.Module):
    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:], strict=False))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


def doubled(x: Tensor, layer: nn.ConvTranspose2d) -> Tensor:
    """A transposed convolution of stride and side 2 on `[B, h, w, C]`, as a linear layer and a rearrangement."""
    batch, height, width, _ = x.shape
    outputs = layer.weight.shape[1]
    y = x @ layer.weight.permute(0, 2, 3, 1).reshape(layer.weight.shape[0], -1)
    y = y.reshape(batch, height, width, 2, 2, outputs).transpose(2, 3).reshape(batch, 2 * height, 2 * width, outputs)
    return y + layer.bias


class MaskDecoder(nn.Module):
    def __init__(self, width: int, hidden: int, depth: int, tokens: int = 4) -> None:
        super().__init__()
        self.transformer = TwoWayTransformer(width, hidden, depth)
        self.iou_token, self.mask_tokens = nn.Embedding(1, width), nn.Embedding(tokens, width)
        self.output_upscaling = nn.ModuleList(
            [
                nn.ConvTranspose2d(width, width // 4, 2, 2),
                LayerNorm2d(width // 4),
                nn.Identity(),
                nn.ConvTranspose2d(width // 4, width // 8, 2, 2),
            ]
        )
        self.output_hypernetworks_mlps = nn.ModuleList(ReLUStack([width] * 3 + [width // 8]) for _ in range(tokens))
        self.iou_prediction_head = ReLUStack([width] * 3 + [tokens])

    def forward(self, image: Tensor, sparse: Tensor, dense: Tensor, image_pe: Tensor) -> tuple[Tensor, Tensor]:
        """image `[I, g * g, C]`, sparse `[I, N, T, C]` -> logits [I, N, 4, 4g, 4g], predicted IoU [I, N, 4]."""
        images, prompts = sparse.shape[:2]
        grid = math.isqrt(image.shape[1])
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        tokens = torch.cat([own.expand(images, prompts, -1, -1), sparse], 2)
        tokens, keys = self.transformer(tokens, image[:, None] + dense, image_pe)
        x = keys.expand(-1, prompts, -1, -1).reshape(images * prompts, grid, grid, -1)
        x = F.gelu(self.output_upscaling[1](doubled(x, self.output_upscaling[0])))
        x = F.gelu(doubled(x, self.output_upscaling[3]))
        count = len(self.output_hypernetworks_mlps)
        weights = torch.stack([mlp(tokens[:, :, 1 + i]) for i, mlp in enumerate(self.output_hypernetworks_mlps)], 2)
        logits = weights.reshape(images * prompts, count, -1) @ x.reshape(images * prompts, (4 * grid) ** 2, -1).mT
        logits = logits.reshape(images, prompts, count, 4 * grid, 4 * grid)
        return logits, self.iou_prediction_head(tokens[:, :, 0])


class SAM(nn.Module):
    """Official layout; sizes by arguments. `heads` of the decoder are 8, as in all published models."""

    def __init__(
        self,
        grid: int,
        patch: int,
        width: int,
        heads: int,
        windows: list[int],
        decoder_width: int,
        decoder_hidden: int,
        frequencies: tuple[float, float],
    ) -> None:
        super().__init__()
        self.image_encoder = ImageEncoder(grid, patch, width, heads, windows, decoder_width)
        self.prompt_encoder = PromptEncoder(grid, patch, decoder_width, frequencies)
        self.mask_decoder = MaskDecoder(decoder_width, decoder_hidden, depth=2)
        self.apply(start)
        # The same projection for query and key makes their product a kernel of distance from the start: an image
        # cell heeds the click that is near.
        for module in self.modules():
            if isinstance(module, TwoWayLayer):
                for attention in (module.cross_attn_image_to_token, module.cross_attn_token_to_image):
                    attention.q_proj.weight.data *= 1.5
                    attention.k_proj.weight.data.copy_(attention.q_proj.weight.data)

    def encode(self, image: Tensor) -> Tensor:
        return self.image_encoder(image).flatten(1, 2)

    def decode(self, image: Tensor, points: Tensor, masks: Tensor | None = None) -> tuple[Tensor, Tensor]:
        prompts = self.prompt_encoder
        return self.mask_decoder(image, prompts.points(points), prompts.masks(masks), prompts.dense_positions())


# --- DINOv2 -----------------------------------------------------------------------------------------------------------


class DINOAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, count, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, count, width))


class Scale(nn.Module):
    def __init__(self, width: int, value: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), value))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class DINOBlock(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn, self.mlp = DINOAttention(width, heads), MLP(width, 4 * width, ("fc1", "fc2"))
        self.ls1, self.ls2 = Scale(width, 0.5), Scale(width, 0.5)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class DINO(nn.Module):
    """Official DINOv2 layout with registers."""

    def __init__(self, grid: int, patch: int, width: int, depth: int, heads: int, registers: int) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, 1 + grid * grid, width))
        self.register_tokens = nn.Parameter(0.02 * torch.randn(1, registers, width))
        self.mask_token = nn.Parameter(torch.zeros(1, width))
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(3, width, patch, patch)
        self.blocks = nn.ModuleList(DINOBlock(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.apply(start)

    def forward(self, image: Tensor) -> Tensor:
        """`[B, 3, S, S]` -> normalised patch tokens [B, g * g, C]; S as the position table's."""
        x = self.patch_embed.proj(image).flatten(2).mT
        batch = x.shape[0]
        cls = self.cls_token + self.pos_embed[:, :1]
        tokens = [cls, self.register_tokens]
        x = torch.cat([*(token.expand(batch, -1, -1) for token in tokens), x + self.pos_embed[:, 1:]], 1)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)[:, 1 + self.register_tokens.shape[1] :]


def cosines(side: int) -> Tensor:
    """The orthonormal cosine transform of a patch, `[side * side, side, side]`, low frequencies first."""
    place = (torch.arange(side) + 0.5) * math.pi / side
    waves = torch.cos(torch.arange(side)[:, None] * place) * math.sqrt(2 / side)
    waves[0] /= math.sqrt(2)
    both = torch.einsum("ai,bj->abij", waves, waves).reshape(side * side, side, side)
    order = torch.arange(side)[:, None] + torch.arange(side)[None]
    return both[order.flatten().argsort(stable=True)]


def start_patches(layer: nn.Conv2d) -> None:
    """A patch's low frequencies first: what noise leaves to be seen."""
    waves = cosines(layer.kernel_size[0])[: layer.out_channels]
    layer.weight.data *= 0.1
    layer.weight.data[: len(waves)] += waves[:, None] / (3 * layer.kernel_size[0]) * 4
    layer.bias.data.zero_()


def start_near(encoder: ImageEncoder) -> None:
    """Relative positions whose bias is -distance^2 / (2 sigma^2): every head begins with a neighbourhood, of 0.7
    patches to the whole image, as a convolution has one. Training is short; this spares it the finding out."""
    for block in encoder.blocks:
        attention, width = block.attn, block.attn.rel_pos_h.shape[1]
        direction = torch.full((width,), 1 / math.sqrt(width))
        distance = torch.arange(1 - attention.side, attention.side).float()
        for table in (attention.rel_pos_h, attention.rel_pos_w):
            table.data.copy_(-(distance[:, None] ** 2) * direction)
        bias = torch.zeros(attention.heads, width)
        for head in range(attention.heads):
            sigma = 0.7 * 2.2**head
            bias[head] = direction / (2 * sigma**2)
        queries = attention.heads * width
        # the tables are steep: queries must not lean on them by chance
        weight = attention.qkv.weight.data[:queries].reshape(attention.heads, width, -1)
        weight -= direction[:, None] * torch.einsum("hcw,c->hw", weight, direction)[:, None]
        attention.qkv.bias.data[:queries] = bias.flatten()
        attention.proj.weight.data *= 0.5
        block.mlp.lin2.weight.data *= 0.5


def start_copy(model: SAM) -> None:
    """A mask prompt comes out again, at half of its resolution, through four channels that are kept for it. So following
    a particle begins with its mask on the slice before."""
    quarters = [(0, 0), (0, 1), (1, 0), (1, 1)]
    kept = range(4)
    down = model.prompt_encoder.mask_downscaling
    sign = torch.tensor([1.0, -1.0])
    down[0].weight.data *= 0.3
    down[0].weight.data[:2] += 0.25 * sign[:, None, None, None]
    down[3].weight.data *= 0.3
    for k, (row, column) in enumerate(quarters):
        for half in range(2):
            down[3].weight.data[2 * k + half, :2, row, column] += 2 * sign[half] * sign
    down[6].weight.data[kept] = 0
    for k in kept:
        down[6].weight.data[k, 2 * k : 2 * k + 2, 0, 0] = 1.2 * sign
    down[6].bias.data[kept] = 0
    model.prompt_encoder.no_mask_embed.weight.data[:, kept] = -0.5
    model.image_encoder.neck[3].weight.data[kept] = 0.05
    for layer in model.mask_decoder.transformer.layers:
        layer.cross_attn_image_to_token.out_proj.weight.data *= 0.5
    first, second = model.mask_decoder.output_upscaling[0], model.mask_decoder.output_upscaling[3]
    first.weight.data[kept] *= 0
    first.weight.data[:, :2] *= 0.1
    for k, (row, column) in enumerate(quarters):
        first.weight.data[k, :2, row, column] = 2 * sign
    second.weight.data[:2, :, :, :] *= 0.1
    second.weight.data[:, :2, :, :] *= 0.1
    for half in range(2):
        second.weight.data[:2, half] = (0.7 * sign[half] * sign)[:, None, None]
    for head in model.mask_decoder.output_hypernetworks_mlps:
        head.layers[-1].weight.data *= 0.3
        head.layers[-1].bias.data[:2] += 1.5 * sign


def start_places(model: DINO, grid: int) -> None:
    """Positions as waves in the last two thirds of the channels. Queries and keys begin as the same waves of each head,
    so that its attention falls off with distance as a Gaussian does: over about 2, 2 and 3 patches at first."""
    width, heads = model.cls_token.shape[-1], model.blocks[0].attn.heads
    waves, share = width // 6, width // heads // 4
    places = torch.arange(grid).float()
    frequency = 2 * math.pi / torch.logspace(math.log10(5), math.log10(4.0 * grid), waves)
    angle = places[:, None] * frequency
    line = torch.cat([angle.sin(), angle.cos()], 1)  # [g, 2 waves]
    rows, columns = line[:, None].expand(-1, grid, -1), line[None].expand(grid, -1, -1)
    table = 0.6 * torch.cat([rows, columns], -1).reshape(grid * grid, -1)
    model.pos_embed.data[0, 1:, -4 * waves :] = table
    model.patch_embed.proj.weight.data *= 1.5
    projection = torch.zeros(heads, width // heads, width)
    for head, reach in enumerate((1.0, 2.2, 5.0)[:heads]):
        chosen = torch.arange(share) + (waves - share) * head // (heads - 1)
        fall = (1 - torch.cos(reach * frequency[chosen])).sum()  # of the logit, at that distance
        gain = math.sqrt(math.sqrt(width // heads) / (0.6**2 * 1.4**2) / fall)
        for part in range(4):
            channels = width - 4 * waves + part * waves + chosen
            projection[head, part * share + torch.arange(share), channels] = gain
    projection = projection.reshape(width, width)
    for block in model.blocks:
        weight = block.attn.qkv.weight.data
        weight[: 2 * width] *= 0.2
        weight[:width] += projection
        weight[width : 2 * width] += projection
        block.attn.proj.weight.data *= 0.5
        block.mlp.fc2.weight.data *= 0.5


def demo_sam() -> SAM:
    """192 pixels in 24 x 24 patches, every block with the whole image in view."""
    model = SAM(
        grid=24,
        patch=8,
        width=128,
        heads=4,
        windows=[0, 0, 0, 0],
        decoder_width=128,
        decoder_hidden=256,
        frequencies=(0.3, 4.0),
    )
    start_patches(model.image_encoder.patch_embed.proj)
    start_near(model.image_encoder)
    start_copy(model)
    return model


def demo_dino() -> DINO:
    """192 pixels in 24 x 24 patches."""
    model = DINO(grid=24, patch=8, width=192, depth=4, heads=3, registers=4)
    start_patches(model.patch_embed.proj)
    start_places(model, 24)
    return model


def count(model: nn.Module) -> int:
    return sum(tensor.numel() for tensor in model.state_dict().values())
